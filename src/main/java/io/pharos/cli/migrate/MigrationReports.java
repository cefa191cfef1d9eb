package io.pharos.cli.migrate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.ledger.RecordedState;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Tells one Pharos of the migrations of a service, and asks it what may run.
final class MigrationReports {
  private static final String ROOT = "/api/pharos/v1/migrations";
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final ApiClient client;
  private final String service;
  private final String env;
  private final String release;

  MigrationReports(ApiClient client, String service, String env, String release) {
    this.client = client;
    this.service = service;
    this.env = env;
    this.release = release;
  }

  /// Thrown where Pharos can't be told or asked.
  static final class UntoldException extends Exception {
    UntoldException(String message) {
      super(message);
    }
  }

  /// Tells of what was applied, as far as it is not known yet.
  void sync(List<MigrationFile> applied) throws UntoldException, InterruptedException {
    JsonNode list =
        answer("GET", ROOT + "?service=" + encoded(service) + "&env=" + encoded(env), "");
    Map<String, String> known = new HashMap<>();
    for (JsonNode one : list.path("migrations")) {
      known.put(
          one.path("file").asText(),
          told(
              one.path("state").asText(),
              one.path("checksum").asText(),
              one.path("safe_from").asText()));
    }
    for (MigrationFile file : applied) {
      String now =
          told(
              RecordedState.APPLIED.text(),
              String.valueOf(file.checksum()),
              file.safeFrom().orElse(""));
      if (!now.equals(known.get(file.name()))) {
        tell(file, RecordedState.APPLIED, "");
      }
    }
  }

  private static String told(String... words) {
    return String.join(" ", words);
  }

  void tell(MigrationFile file, RecordedState state, String text)
      throws UntoldException, InterruptedException {
    var body =
        JSON.createObjectNode()
            .put("service", service)
            .put("env", env)
            .put("phase", file.phase().text())
            .put("checksum", String.valueOf(file.checksum()))
            .put("state", state.text())
            .put("release", release)
            .put("text", text);
    file.safeFrom().ifPresent(version -> body.put("safe_from", version));
    answer("PUT", ROOT + "/" + encoded(file.name()), body.toString());
  }

  /// What Pharos says to taking away what only releases before one need.
  JsonNode canContract(String safeFrom, String soak) throws UntoldException, InterruptedException {
    return answer(
        "GET",
        ROOT
            + "/can-contract?service="
            + encoded(service)
            + "&env="
            + encoded(env)
            + "&safe_from="
            + encoded(safeFrom)
            + "&soak="
            + encoded(soak),
        "");
  }

  private JsonNode answer(String method, String path, String body)
      throws UntoldException, InterruptedException {
    ApiClient.Answer answer;
    try {
      answer =
          body.isEmpty()
              ? client.get(path, PATIENCE)
              : client.send(method, path, Map.of(), body, PATIENCE);
    } catch (IOException e) {
      throw new UntoldException(client.url() + " does not answer: " + e);
    }
    if (answer.status() != 200 || !answer.json().isObject()) {
      throw new UntoldException(
          client.url() + " answered with status " + answer.status() + ": " + answer.reason());
    }
    return answer.json();
  }

  private static String encoded(String text) {
    return ApiClient.encoded(text);
  }
}
