import BrokerPluginAPI

extension BrokerKeys {
    /// Authentication by SASL.
    static let sasl: [ConfigDefinition] = [
        inert("sasl.enabled.mechanisms", .list, "GSSAPI", "The mechanisms clients may use."),
        inert("sasl.mechanism.inter.broker.protocol", .string, "GSSAPI", "The mechanism between brokers."),
        inert("sasl.mechanism.controller.protocol", .string, "GSSAPI", "The mechanism towards controllers."),
        inert("sasl.jaas.config", .password, nil, "The login of a mechanism, in the form of JAAS."),
        inert("sasl.server.callback.handler.class", .class, nil, "The plug-in that checks what clients prove."),
        inert(
            "sasl.server.max.receive.size", .int, "524288", "The largest message of a mechanism in bytes.", .positive),
        inert("sasl.client.callback.handler.class", .class, nil, "The plug-in that proves this broker to others."),
        inert("sasl.login.class", .class, nil, "The plug-in that logs this broker in."),
        inert("sasl.login.callback.handler.class", .class, nil, "The plug-in that such a login asks."),
        inert("sasl.login.connect.timeout.ms", .int, nil, "How long connecting to the identity provider may take."),
        inert("sasl.login.read.timeout.ms", .int, nil, "How long the identity provider's answer may take."),
        inert("sasl.login.retry.backoff.ms", .long, "100", "The rest before another login is tried."),
        inert("sasl.login.retry.backoff.max.ms", .long, "10000", "The longest such rest."),
        inert(
            "sasl.login.refresh.window.factor", .double, "0.8",
            "After which part of its lifetime a login is renewed.", .fraction(0.5...1)),
        inert(
            "sasl.login.refresh.window.jitter", .double, "0.05", "How much that varies by chance.", .fraction(0...0.25)),
        inert(
            "sasl.login.refresh.min.period.seconds", .short, "60", "The least time between two renewals.",
            .range(0...900)),
        inert(
            "sasl.login.refresh.buffer.seconds", .short, "300",
            "How long before its end a login is renewed at the latest.",
            .range(0...3600)),
        inert("sasl.kerberos.service.name", .string, nil, "The name of the service in Kerberos."),
        inert("sasl.kerberos.kinit.cmd", .string, "/usr/bin/kinit", "The command that renews a Kerberos ticket."),
        inert(
            "sasl.kerberos.ticket.renew.window.factor", .double, "0.8",
            "After which part of its lifetime a ticket is renewed."),
        inert("sasl.kerberos.ticket.renew.jitter", .double, "0.05", "How much that varies by chance."),
        inert("sasl.kerberos.min.time.before.relogin", .long, "60000", "The least time between two logins."),
        inert(
            "sasl.kerberos.principal.to.local.rules", .list, "DEFAULT",
            "How a user's name is made of a Kerberos principal."),
    ]

    /// Authentication by OAuth bearer tokens (KIP-768, KIP-1139, KIP-1258).
    static let oauth: [ConfigDefinition] = [
        inert("sasl.oauthbearer.token.endpoint.url", .string, nil, "Where tokens are got."),
        inert(
            "sasl.oauthbearer.jwks.endpoint.url", .string, nil, "Where the keys that tokens are signed with are got."),
        inert("sasl.oauthbearer.jwks.endpoint.refresh.ms", .long, "3600000", "How often those keys are got anew."),
        inert(
            "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", .long, "100", "The rest before they are asked for again."
        ),
        inert("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", .long, "10000", "The longest such rest."),
        inert("sasl.oauthbearer.clock.skew.seconds", .int, "30", "How far the clocks of others may differ."),
        inert("sasl.oauthbearer.expected.audience", .list, "", "The audiences one of which a token must name."),
        inert("sasl.oauthbearer.expected.issuer", .string, nil, "The issuer a token must name."),
        inert("sasl.oauthbearer.scope", .string, nil, "The scope that is asked for."),
        inert("sasl.oauthbearer.scope.claim.name", .string, "scope", "The claim that holds the scope."),
        inert("sasl.oauthbearer.sub.claim.name", .string, "sub", "The claim that holds the user's name."),
        inert(
            "sasl.oauthbearer.jwt.retriever.class", .class,
            "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever", "The plug-in that gets tokens."),
        inert(
            "sasl.oauthbearer.jwt.validator.class", .class,
            "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator", "The plug-in that checks tokens."),
        inert("sasl.oauthbearer.client.credentials.client.id", .string, nil, "The id this broker gets tokens with."),
        inert(
            "sasl.oauthbearer.client.credentials.client.secret", .password, nil, "The secret that belongs to that id."),
        inert("sasl.oauthbearer.assertion.algorithm", .string, "RS256", "What an assertion is signed with."),
        inert("sasl.oauthbearer.assertion.claim.aud", .string, nil, "The audience an assertion names."),
        inert("sasl.oauthbearer.assertion.claim.exp.seconds", .int, "300", "How long an assertion is good."),
        inert("sasl.oauthbearer.assertion.claim.iss", .string, nil, "The issuer an assertion names."),
        inert("sasl.oauthbearer.assertion.claim.jti.include", .boolean, "false", "Whether an assertion has an id."),
        inert(
            "sasl.oauthbearer.assertion.claim.nbf.seconds", .int, "60", "How long before now an assertion begins."),
        inert("sasl.oauthbearer.assertion.claim.sub", .string, nil, "The subject an assertion names."),
        inert("sasl.oauthbearer.assertion.file", .string, nil, "A file with a ready assertion."),
        inert("sasl.oauthbearer.assertion.private.key.file", .string, nil, "The file with the key that signs."),
        inert("sasl.oauthbearer.assertion.private.key.passphrase", .password, nil, "The password of that file."),
        inert("sasl.oauthbearer.assertion.template.file", .string, nil, "A file with further claims."),
    ]
}
