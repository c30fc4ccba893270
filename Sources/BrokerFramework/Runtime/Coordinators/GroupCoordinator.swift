package import BrokerCoordinators

/// The coordinator of consumer groups.
package typealias GroupCoordinator = CoordinatorDriver<GroupShard>
