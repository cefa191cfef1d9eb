package io.pharos.rollout.agent;

import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;

/// Sends the agent's heartbeats to Pharos, which answers with the desired servers.
@FunctionalInterface
public interface Coordinator {
  /// The answer to a heartbeat.
  sealed interface Reply {
    /// This agent holds the lease.
    record Granted(HeartbeatAnswer answer) implements Reply {}

    /// Another agent holds the lease and acts.
    record Refused(String text) implements Reply {}

    /// Pharos did not answer.
    record Silent(String text) implements Reply {}
  }

  /// Sends a heartbeat and waits for the answer, a few seconds at most.
  Reply beat(Heartbeat heartbeat);
}
