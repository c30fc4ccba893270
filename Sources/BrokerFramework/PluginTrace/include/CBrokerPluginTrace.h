#ifndef CBROKER_PLUGIN_TRACE_H
#define CBROKER_PLUGIN_TRACE_H

/// Notes that this thread calls the plug-in `name`, which must stay in memory; answers what was noted before, or NULL.
const char *broker_plugin_enter(const char *name);

/// Notes that the call is over: what `broker_plugin_enter` answered holds again.
void broker_plugin_leave(const char *outer);

/// A number that this thread has and, until there are 2^32 of them, no other.
unsigned broker_plugin_thread(void);

/// From now on, when a signal of a crash comes while its thread calls a plug-in, a line is appended to the file at `path`:
/// seconds since 1970, a blank, the plug-in's name. Then the signal takes its course.
/// Answers 0, or -1 if `path` is too long. To be called once, before there are plug-ins.
int broker_plugin_record_crashes(const char *path);

#endif
