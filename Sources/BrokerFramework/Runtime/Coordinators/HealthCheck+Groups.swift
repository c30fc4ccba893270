extension HealthCheck {
    /// Whether every group of this broker is served.
    package static func groups(loadingCount: Int, failedCount: Int) -> HealthCheck {
        if failedCount > 0 {
            return HealthCheck(
                "groups", isOK: false,
                "\(failedCount) partitions of __consumer_offsets cannot be read, and their groups are not served. "
                    + "The log says why; mend or remove what is damaged, and restart the broker.")
        }
        return HealthCheck(
            "groups", isOK: loadingCount == 0,
            loadingCount == 0
                ? "Every group is served." : "\(loadingCount) partitions of __consumer_offsets are being read.")
    }
}
