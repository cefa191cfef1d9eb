package io.pharos.rollout.agent;

import static java.util.Objects.requireNonNull;

import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;

/// The port to Pharos, which decides what to bring about.
@FunctionalInterface
public interface Coordinator {
  /// The answer to a heartbeat.
  sealed interface Reply {
    /// This agent holds the lease.
    record Granted(HeartbeatAnswer answer) implements Reply {
      public Granted {
        requireNonNull(answer, "answer is null");
      }
    }

    /// Another agent holds the lease and acts.
    record Refused(String text) implements Reply {
      public Refused {
        requireNonNull(text, "text is null");
      }
    }

    /// Pharos did not answer.
    record Silent(String text) implements Reply {
      public Silent {
        requireNonNull(text, "text is null");
      }
    }
  }

  /// Sends a heartbeat; takes a few seconds at most.
  Reply beat(Heartbeat heartbeat);
}
