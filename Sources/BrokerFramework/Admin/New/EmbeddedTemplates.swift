/// The files of `Templates/`; each template is an extension in a file of its own.
enum EmbeddedTemplates {}
