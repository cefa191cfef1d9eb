package io.pharos.rollout.agent;

import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.ServerState;
import java.io.IOException;
import java.util.Optional;

/// The approved servers, in memory and on the disk.
final class Approval {
  private final AgentFiles files;
  private Optional<DesiredServers> servers;
  private boolean stored = true;

  /// @throws IOException when a predecessor's file is unreadable
  Approval(AgentFiles files) throws IOException {
    this.files = files;
    servers = files.approved();
  }

  Optional<DesiredServers> servers() {
    return servers;
  }

  /// Returns whether an answer desires more traffic for a server than is approved.
  static boolean isExceeded(HeartbeatAnswer answer) {
    DesiredServers desired = answer.desired();
    DesiredServers fleet = answer.approved();
    return desired != null
        && fleet != null
        && desired.servers().entrySet().stream()
            .anyMatch(
                entry ->
                    entry.getValue().weight()
                        > fleet.server(entry.getKey()).map(ServerState::weight).orElse(0));
  }

  /// Stores the approved servers of an answer, before any weight changes: a successor or a watchdog
  /// must find them.
  ///
  /// @throws IOException when they cannot be stored, so that nothing may go forward
  void accept(HeartbeatAnswer answer) throws IOException {
    DesiredServers fleet = answer.approved();
    if (fleet != null && !(stored && servers.equals(Optional.of(fleet)))) {
      files.approve(fleet);
      servers = Optional.of(fleet);
      stored = true;
    }
  }

  /// Accepts an answer that could not be stored if it asks for no more than is approved: the way
  /// back waits for no disk. The outdated file is removed, so that nobody restores it.
  ///
  /// @return whether it is accepted
  boolean acceptUnstored(HeartbeatAnswer answer) {
    DesiredServers fleet = answer.approved();
    if (fleet == null || isExceeded(answer)) {
      return false;
    }
    servers = Optional.of(fleet);
    stored = false;
    files.forgetApproved();
    return true;
  }
}
