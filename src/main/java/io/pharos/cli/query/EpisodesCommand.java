package io.pharos.cli.query;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.model.SharedMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `pharos episodes`: lists episodes, or prints the timeline of one. `pharos ack N`: acknowledges
/// one.
///
/// @param acknowledges whether this is `pharos ack`
public record EpisodesCommand(
    boolean acknowledges, Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  private static final String ROOT = "/api/pharos/v1/episodes";
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final String TOKEN =
      """
      The token is in --token-file or PHAROS_TOKEN. On the host of Pharos, no token is
      needed unless Pharos has a tokens file.
      """;

  public static final CommandManual MANUAL =
      new CommandManual(
          "episodes",
          "lists episodes of alert groups, or prints the timeline of one",
          "[NUMBER]",
          TOKEN,
          List.of(
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("state", "", "only open, acknowledged or ended episodes"),
              new Flag("text", "", "only episodes with this in title, labels, severity or owner"),
              new Flag("receiver", "", "only episodes of this receiver"),
              new Flag("since", "", "only episodes that lasted until then, a duration or a time"),
              new Flag("before", "", "only episodes with a smaller number"),
              new Flag("limit", "50", "maximum number of episodes, newest first"),
              new Flag("json", "false", "print the answer of the API"),
              new Flag("markdown", "false", "print the episode as Markdown, for a report")),
          List.of("0 printed", "1 there is no such episode, or Pharos refused or is unreachable"),
          List.of(
              "pharos episodes --state=open",
              "pharos episodes 17",
              "pharos episodes 17 --markdown >report.md"));

  public static final CommandManual ACK_MANUAL =
      new CommandManual(
          "ack",
          "acknowledges an episode, so that its notifications stop",
          "NUMBER",
          TOKEN,
          List.of(
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("comment", "", "what you do about it"),
              new Flag("for", "", "duration such as 2h; empty: until the episode ends"),
              new Flag("as", "", "your name; empty: the name of the token"),
              new Flag("release", "false", "end the acknowledgement instead")),
          List.of(
              "0 acknowledged or released",
              "1 there is no such episode, or Pharos refused or is unreachable"),
          List.of("pharos ack 17 --comment='restarting it' --for=2h", "pharos ack 17 --release"));

  @Override
  public int run(List<String> words) {
    CommandManual manual = acknowledges ? ACK_MANUAL : MANUAL;
    Flags flags = manual.parse(words, environment);
    Optional<String> number = number(flags.arguments());
    String url = ServerAccess.url(flags);
    try (var client = ServerAccess.open(flags, environment)) {
      if (acknowledges) {
        return acknowledge(client, flags, number.orElseThrow());
      }
      return number.isPresent() ? show(client, flags, number.get()) : list(client, flags);
    } catch (IOException e) {
      err.println(name() + ": " + url + " is unreachable: " + ApiClient.reason(e));
      return 1;
    } catch (InterruptedException _) { // the user ends the command
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private String name() {
    return "pharos " + (acknowledges ? ACK_MANUAL : MANUAL).command();
  }

  private Optional<String> number(List<String> arguments) {
    boolean isNumber = arguments.size() == 1 && arguments.getFirst().matches("[1-9][0-9]{0,17}");
    if (!isNumber && (acknowledges || !arguments.isEmpty())) {
      throw new UsageException("expected the number of an episode, found " + arguments);
    }
    return arguments.stream().findFirst();
  }

  private int list(ApiClient client, Flags flags) throws IOException, InterruptedException {
    if (flags.isOn("markdown")) {
      throw new UsageException("--markdown: expected the number of an episode too");
    }
    var path = new StringBuilder(ROOT).append('?');
    for (String name : List.of("state", "text", "receiver", "since", "before", "limit")) {
      if (!flags.get(name).isEmpty()) {
        path.append(name).append('=').append(ApiClient.encoded(flags.get(name))).append('&');
      }
    }
    ApiClient.Answer answer = client.get(path.toString(), TIMEOUT);
    if (refused(answer)) {
      return 1;
    }
    if (flags.isOn("json")) {
      return json(answer);
    }
    if (answer.json().path("episodes").isEmpty()) {
      err.println("no episodes");
    }
    for (JsonNode episode : answer.json().path("episodes")) {
      out.println(line(episode));
    }
    return 0;
  }

  private static String line(JsonNode episode) {
    JsonNode held = episode.path("acknowledgement");
    var line =
        new StringBuilder(
            "%d %s %s %s %s: %d alerts since %s"
                .formatted(
                    episode.path("number").asLong(),
                    episode.path("state").asText(),
                    episode.path("severity").asText("").isEmpty()
                        ? "-"
                        : episode.path("severity").asText(),
                    episode.path("title").asText(),
                    episode.path("groupLabels"),
                    episode.path("alerts").asInt(),
                    seconds(episode.path("startedAt").asText())));
    if (episode.has("endedAt")) {
      line.append(", ended ").append(seconds(episode.path("endedAt").asText()));
    }
    if (held.path("holds").asBoolean()) {
      line.append(", ").append(held.path("owner").asText()).append(" has it");
      if (held.has("until")) {
        line.append(" until ").append(seconds(held.path("until").asText()));
      }
    }
    if (held.path("missing").asInt() > 0 && !held.has("endedAt")) {
      line.append(", acknowledged by ")
          .append(held.path("owner").asText())
          .append(", ")
          .append(held.path("missing").asInt())
          .append(" more must");
    }
    return line.toString();
  }

  private int show(ApiClient client, Flags flags, String number)
      throws IOException, InterruptedException {
    boolean markdown = flags.isOn("markdown");
    ApiClient.Answer answer =
        client.get(ROOT + "/" + number + (markdown ? "/markdown" : ""), TIMEOUT);
    if (refused(answer)) {
      return 1;
    }
    if (flags.isOn("json")) {
      return json(answer);
    }
    if (markdown) {
      out.println(answer.body());
      return 0;
    }
    out.println(line(answer.json().path("episode")));
    for (JsonNode event : answer.json().path("timeline")) {
      out.println(eventLine(event));
    }
    if (!answer.json().path("complete").asBoolean()) {
      err.println("the timeline is not complete yet");
    }
    return 0;
  }

  private static String eventLine(JsonNode event) {
    var parts = new ArrayList<String>();
    parts.add(event.path("subject").asText());
    String until = event.has("until") ? " " + seconds(event.path("until").asText()) : "";
    String outcome = event.path("outcome").asText();
    parts.add(outcome.isEmpty() && !until.isEmpty() ? "until" + until : outcome + until);
    parts.add(event.path("text").asText());
    parts.removeIf(String::isBlank);
    return ("  "
            + seconds(event.path("at").asText())
            + " "
            + event.path("event").asText()
            + " "
            + String.join(": ", parts))
        .stripTrailing();
  }

  private static String seconds(String time) {
    return time.replaceFirst("\\.\\d+Z$", "Z");
  }

  private int json(ApiClient.Answer answer) {
    out.println(answer.json().toPrettyString());
    return 0;
  }

  private int acknowledge(ApiClient client, Flags flags, String number)
      throws IOException, InterruptedException {
    boolean releases = flags.isOn("release");
    var body = SharedMapper.JSON.createObjectNode();
    if (!flags.get("as").isEmpty()) {
      body.put(releases ? "by" : "owner", flags.get("as"));
    }
    if (!releases) {
      body.put("comment", flags.get("comment")).put("duration", flags.get("for"));
    }
    ApiClient.Answer answer =
        client.send(
            "POST",
            ROOT + "/" + number + (releases ? "/release" : "/acknowledge"),
            Map.of(),
            body.toString(),
            TIMEOUT);
    if (refused(answer)) {
      return 1;
    }
    out.println(line(answer.json()));
    return 0;
  }

  private boolean refused(ApiClient.Answer answer) {
    if (answer.status() == 200) {
      return false;
    }
    err.println(name() + ": status " + answer.status() + ": " + answer.reason());
    return true;
  }
}
