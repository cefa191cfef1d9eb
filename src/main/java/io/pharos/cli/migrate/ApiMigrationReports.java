package io.pharos.cli.migrate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.ledger.RecordedState;
import io.pharos.migration.run.MigrationReports;
import io.pharos.model.PromDuration;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reports migrations of a service through the API of a Pharos.
record ApiMigrationReports(ApiClient client, String service, String env, String release)
    implements MigrationReports {
  private static final String ROOT = "/api/pharos/v1/migrations";
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  @Override
  public void sync(List<MigrationFile> applied) throws ReportException, InterruptedException {
    JsonNode list =
        answer("GET", ROOT + "?service=" + encoded(service) + "&env=" + encoded(env), "");
    Map<String, String> known = new HashMap<>();
    for (JsonNode one : list.path("migrations")) {
      known.put(
          one.path("file").asText(),
          key(
              one.path("state").asText(),
              one.path("checksum").asText(),
              one.path("safe_from").asText()));
    }
    for (MigrationFile file : applied) {
      String now =
          key(
              RecordedState.APPLIED.text(),
              String.valueOf(file.checksum()),
              file.safeFrom().orElse(""));
      if (!now.equals(known.get(file.name()))) {
        report(file, RecordedState.APPLIED, "");
      }
    }
  }

  private static String key(String... words) {
    return String.join(" ", words);
  }

  @Override
  public void report(MigrationFile file, RecordedState state, String text)
      throws ReportException, InterruptedException {
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

  @Override
  public Permission canContract(String safeFrom, Duration soak)
      throws ReportException, InterruptedException {
    String query =
        "/can-contract?service=%s&env=%s&safe_from=%s&soak=%s"
            .formatted(
                encoded(service),
                encoded(env),
                encoded(safeFrom),
                encoded(PromDuration.format(soak)));
    JsonNode answer = answer("GET", ROOT + query, "");
    return new Permission(answer.path("answer").asText(), answer.path("summary").asText());
  }

  private JsonNode answer(String method, String path, String body)
      throws ReportException, InterruptedException {
    ApiClient.Answer answer;
    try {
      answer = client.send(method, path, Map.of(), body, TIMEOUT);
    } catch (IOException e) {
      throw new ReportException(client.url() + " does not answer: " + e);
    }
    if (answer.status() != 200 || !answer.json().isObject()) {
      throw new ReportException(
          client.url() + " answered with status " + answer.status() + ": " + answer.reason());
    }
    return answer.json();
  }

  private static String encoded(String text) {
    return ApiClient.encoded(text);
  }
}
