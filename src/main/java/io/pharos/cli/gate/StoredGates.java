package io.pharos.cli.gate;

import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.gate.GateClient.Ended;
import io.pharos.gate.hindsight.EvidenceJson;
import io.pharos.gate.hindsight.StoredGate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Fetches the evidence of stored gates. It throws [Ended] when Pharos refuses or does not answer.
record StoredGates(ApiClient client) {
  /// In bytes; the longest evidence that a policy allows is far smaller.
  private static final long MAX_FILE = 256L << 20;

  private static final String ROOT = "/api/pharos/v1";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// The most gates of a service that the API lists.
  private static final int LISTED = 500;

  /// The result for one gate.
  sealed interface Found {
    record Evidence(StoredGate gate) implements Found {}

    /// No such gate.
    record None() implements Found {}

    /// An answer without valid evidence.
    record Unreadable(String why) implements Found {}
  }

  /// Reads a file with evidence from the API.
  static Found file(Path file) {
    try {
      if (Files.size(file) > MAX_FILE) {
        return new Found.Unreadable(file + " is larger than the evidence of any gate");
      }
      return read(Files.readString(file));
    } catch (IOException e) {
      throw new UsageException("--file: " + file + " is unreadable: " + e.getMessage());
    }
  }

  private static Found read(String text) {
    try {
      return new Found.Evidence(EvidenceJson.read(text));
    } catch (IllegalArgumentException e) {
      return new Found.Unreadable(String.valueOf(e.getMessage()));
    }
  }

  /// The evidence of a gate.
  Found find(String id) throws InterruptedException {
    ApiClient.Answer answer = ask("/gates/" + ApiClient.encoded(id) + "/evidence");
    if (answer.status() == 404) {
      return new Found.None();
    }
    return read(refused(answer).body());
  }

  /// The ids of the newest gates of a service, newest first.
  List<String> ofService(String service) throws InterruptedException {
    ApiClient.Answer answer =
        refused(ask("/services/" + ApiClient.encoded(service) + "/gates?limit=" + LISTED));
    return answer.json().path("gates").valueStream().map(it -> it.path("id").asText()).toList();
  }

  private ApiClient.Answer ask(String path) throws InterruptedException {
    try {
      ApiClient.Answer answer = client.get(ROOT + path, PATIENCE);
      if (answer.status() == 429 || answer.status() >= 500) {
        throw new Ended(
            GateOutcome.UNREACHABLE, "status " + answer.status() + ": " + answer.reason());
      }
      return answer;
    } catch (IOException e) {
      throw new Ended(
          GateOutcome.UNREACHABLE,
          "Pharos at " + client.url() + " does not answer: " + ApiClient.reason(e));
    }
  }

  private static ApiClient.Answer refused(ApiClient.Answer answer) {
    if (answer.status() >= 300) {
      throw new Ended(GateOutcome.REFUSED, "status " + answer.status() + ": " + answer.reason());
    }
    return answer;
  }
}
