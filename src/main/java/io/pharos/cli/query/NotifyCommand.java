package io.pharos.cli.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// `pharos notify test RECEIVER`: sends a test message through a running Pharos. `pharos notify
/// log`: lists recent notifications and their results.
public record NotifyCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  private static final String ROOT = "/api/pharos/v1";
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  public static final CommandManual MANUAL =
      new CommandManual(
          "notify",
          "sends a test message through a running Pharos, or lists recent notifications",
          "test RECEIVER | log",
          """
          The token is in --token-file or PHAROS_TOKEN. On the host of Pharos, no token is
          needed unless Pharos has a tokens file.
          """,
          List.of(
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("state", "firing", "test: firing, or resolved to end an earlier test"),
              new Flag("receiver", "", "log: only notifications to this receiver"),
              new Flag("status", "", "log: only pending, sent, failed or superseded notifications"),
              new Flag("since", "24h", "log: how far back, a duration or an RFC 3339 time"),
              new Flag("limit", "50", "log: maximum number of notifications, newest first")),
          List.of(
              "0 test: every integration delivered it; log: printed",
              "1 test: not delivered; or Pharos refused the request or is unreachable"),
          List.of("pharos notify test oncall", "pharos notify log --status=failed --since=1h"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    List<String> arguments = flags.arguments();
    boolean tests = arguments.size() == 2 && arguments.getFirst().equals("test");
    if (!tests && !arguments.equals(List.of("log"))) {
      throw new UsageException("expected test RECEIVER or log, found " + arguments);
    }
    String url = ServerAccess.url(flags);
    try (var client = ServerAccess.open(flags, environment)) {
      return tests ? test(client, flags, arguments.get(1)) : log(client, flags);
    } catch (IOException e) {
      err.println("pharos notify: " + url + " is unreachable: " + ApiClient.reason(e));
      return 1;
    } catch (InterruptedException _) { // the user ends the command
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private int test(ApiClient client, Flags flags, String receiver)
      throws IOException, InterruptedException {
    String state = ApiClient.encoded(flags.get("state"));
    String path = ROOT + "/receivers/" + ApiClient.encoded(receiver) + "/test?state=" + state;
    JsonNode answer = read(client.send("POST", path, Map.of(), "", TIMEOUT));
    if (!answer.has("integrations")) {
      return 1;
    }
    for (JsonNode item : answer.path("integrations")) {
      out.println(
          "%s/%s[%d] %s: %s (delivery %s)"
              .formatted(
                  receiver,
                  item.path("integration").asText(),
                  item.path("integrationIndex").asInt(),
                  item.path("delivered").asBoolean() ? "delivered" : "NOT delivered",
                  item.path("answer").asText(),
                  item.path("deliveryId").asText()));
    }
    return answer.path("delivered").asBoolean() ? 0 : 1;
  }

  private int log(ApiClient client, Flags flags) throws IOException, InterruptedException {
    var path = new StringBuilder(ROOT + "/notifications?");
    for (String name : List.of("receiver", "status", "since", "limit")) {
      if (!flags.get(name).isEmpty()) {
        path.append(name).append('=').append(ApiClient.encoded(flags.get(name))).append('&');
      }
    }
    JsonNode answer = read(client.get(path.toString(), TIMEOUT));
    if (!answer.has("notifications")) {
      return 1;
    }
    if (answer.path("notifications").isEmpty()) {
      err.println("no notifications");
    }
    for (JsonNode item : answer.path("notifications")) {
      out.println(
          "%s %s/%s[%d] %s %s: %s, %d firing, %d resolved, %d attempts: %s"
              .formatted(
                  item.path("decidedAt").asText().replaceFirst("\\.\\d+Z$", "Z"),
                  item.path("receiver").asText(),
                  item.path("integration").asText(),
                  item.path("integrationIndex").asInt(),
                  item.path("status").asText(),
                  item.path("groupLabels"),
                  item.path("reason").asText(),
                  item.path("firing").asInt(),
                  item.path("resolved").asInt(),
                  item.path("attempts").asInt(),
                  item.path("answer").asText()));
    }
    return 0;
  }

  /// Returns the body of a response. If the response is an error, prints it and returns a missing
  /// node.
  private JsonNode read(ApiClient.Answer answer) {
    if (answer.status() == 200) {
      return answer.json();
    }
    err.println("pharos notify: status " + answer.status() + ": " + answer.reason());
    return MissingNode.getInstance();
  }
}
