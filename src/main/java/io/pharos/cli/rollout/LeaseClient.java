package io.pharos.cli.rollout;

import io.pharos.cli.command.ApiClient;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.LeaseRefusal;
import io.pharos.rollout.agent.Coordinator;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/// Sends the heartbeats of a rollout agent to Pharos.
record LeaseClient(ApiClient client) implements Coordinator {
  /// A third of the shortest common lease; a later answer would come too late to act.
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  @Override
  public Reply beat(Heartbeat heartbeat) {
    try {
      return read(
          client.send(
              "POST", "/api/pharos/v1/rollouts/lease", Map.of(), heartbeat.toJson(), PATIENCE));
    } catch (IOException e) {
      return new Reply.Silent(String.valueOf(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Reply.Silent(String.valueOf(e));
    }
  }

  private static Reply read(ApiClient.Answer answer) {
    try {
      return switch (answer.status()) {
        case 200 -> new Reply.Granted(HeartbeatAnswer.parse(answer.body()));
        case 409 -> new Reply.Refused(LeaseRefusal.parse(answer.body()).error());
        default -> new Reply.Silent("status " + answer.status() + ": " + answer.reason());
      };
    } catch (InvalidFieldException e) {
      return new Reply.Silent("invalid answer: " + e.getMessage());
    }
  }
}
