import BrokerPluginAPI

extension BrokerKeys {
    /// Who may do what, and delegation tokens.
    static let security: [ConfigDefinition] = [
        key("authorizer.class.name", .string, "", "The plug-in that decides who may do what; empty allows everything."),
        inert(
            "principal.builder.class", .class,
            "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
            "The plug-in that makes a user's name of what a connection proved. Here principal.builder names it."),
        inert(
            "connections.max.reauth.ms", .long, "0",
            "How long an authenticated connection lives before it must authenticate again; 0 for ever."),
        inert("security.providers", .string, nil, "Further providers of cryptography."),
        inert("delegation.token.secret.key", .password, nil, "What delegation tokens are signed with."),
        inert(
            "delegation.token.max.lifetime.ms", .long, "604800000", "How long a delegation token can be renewed for.",
            .positive),
        inert(
            "delegation.token.expiry.time.ms", .long, "86400000",
            "How long a delegation token is good before it must be renewed.", .positive),
        inert(
            "delegation.token.expiry.check.interval.ms", .long, "3600000",
            "How often delegation tokens that are over are looked for.", .positive),
    ]

    /// TLS.
    static let tls: [ConfigDefinition] = [
        inert(
            "ssl.client.auth", .string, "none", "Whether clients must show a certificate.",
            .oneOf(["required", "requested", "none"])),
        inert("ssl.protocol", .string, "TLSv1.3", "The newest version of TLS."),
        inert("ssl.enabled.protocols", .list, "TLSv1.2,TLSv1.3", "The versions of TLS that are spoken."),
        inert("ssl.cipher.suites", .list, "", "The cipher suites; empty for all that are safe."),
        inert("ssl.keystore.type", .string, "JKS", "The format of the key store: JKS, PKCS12 or PEM."),
        inert("ssl.keystore.location", .string, nil, "The file with the key and the certificate."),
        inert("ssl.keystore.password", .password, nil, "The password of that file."),
        inert("ssl.keystore.key", .password, nil, "The private key itself, in PEM."),
        inert("ssl.keystore.certificate.chain", .password, nil, "The chain of certificates itself, in PEM."),
        inert("ssl.key.password", .password, nil, "The password of the private key."),
        inert("ssl.truststore.type", .string, "JKS", "The format of the trust store: JKS, PKCS12 or PEM."),
        inert("ssl.truststore.location", .string, nil, "The file with the certificates that are trusted."),
        inert("ssl.truststore.password", .password, nil, "The password of that file."),
        inert("ssl.truststore.certificates", .password, nil, "The trusted certificates themselves, in PEM."),
        inert("ssl.keymanager.algorithm", .string, "SunX509", "How the JVM handles keys. There is none here."),
        inert("ssl.trustmanager.algorithm", .string, "PKIX", "How the JVM handles trust. There is none here."),
        inert(
            "ssl.endpoint.identification.algorithm", .string, "https",
            "How the name of another node is checked against its certificate; empty not to."),
        inert("ssl.secure.random.implementation", .string, nil, "The JVM's source of chance. There is none here."),
        inert("ssl.provider", .string, nil, "The JVM's provider of TLS. There is none here."),
        inert("ssl.engine.factory.class", .class, nil, "The plug-in that makes TLS connections."),
        inert(
            "ssl.principal.mapping.rules", .string, "DEFAULT",
            "How a user's name is made of a certificate's distinguished name."),
        inert(
            "ssl.allow.dn.changes", .boolean, "false",
            "Whether a renewed certificate may have another distinguished name."),
        inert(
            "ssl.allow.san.changes", .boolean, "false",
            "Whether a renewed certificate may have fewer alternative names."
        ),
    ]
}
