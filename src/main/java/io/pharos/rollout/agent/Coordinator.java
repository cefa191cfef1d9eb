package io.pharos.rollout.agent;

import static java.util.Objects.requireNonNull;

import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;

/// Who says what to bring about: Pharos.
@FunctionalInterface
public interface Coordinator {
  /// What came back.
  sealed interface Reply {
    /// This agent has the lease.
    record Granted(HeartbeatAnswer answer) implements Reply {
      public Granted {
        requireNonNull(answer, "answer is null");
      }
    }

    /// Another has it, which acts.
    record Refused(String text) implements Reply {
      public Refused {
        requireNonNull(text, "text is null");
      }
    }

    /// There is no answer of Pharos.
    record Silent(String text) implements Reply {
      public Silent {
        requireNonNull(text, "text is null");
      }
    }
  }

  /// Sends a heartbeat, and takes some seconds at most.
  Reply beat(Heartbeat heartbeat);
}
