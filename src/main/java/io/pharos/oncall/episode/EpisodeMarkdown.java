package io.pharos.oncall.episode;

import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Writes an episode as Markdown, as a start for the report about an incident. Times are in UTC.
public final class EpisodeMarkdown {
  private EpisodeMarkdown() {}

  /// Returns the Markdown.
  ///
  /// @param incident address of the episode's page
  public static String of(
      Episode episode, EpisodeService.Timeline timeline, String incident, Instant now) {
    var lines = new ArrayList<String>();
    lines.add("# Episode " + episode.number() + ": " + escaped(episode.title()));
    lines.add("");
    Instant end = episode.endedAt() == null ? now : episode.endedAt();
    Duration lasted = Duration.between(episode.startedAt(), end).truncatedTo(ChronoUnit.SECONDS);
    fact(lines, "State", episode.state(now).text());
    fact(lines, "Severity", episode.severity());
    fact(lines, "Labels", episode.groupLabels().toString());
    fact(lines, "Receiver", episode.receiver());
    fact(lines, "Started", time(episode.startedAt()));
    fact(lines, "Ended", episode.endedAt() == null ? "not yet" : time(episode.endedAt()));
    fact(lines, "Lasted", PromDuration.format(lasted));
    fact(lines, "Reopened", episode.reopened() == 0 ? "" : episode.reopened() + " times");
    fact(lines, "Worst value", episode.peak());
    fact(
        lines, "Owner", episode.acknowledgement() == null ? "" : episode.acknowledgement().owner());
    lines.add("- Incident: <" + incident + ">");
    episode.links().forEach((name, url) -> lines.add("- " + capital(name) + ": <" + url + ">"));
    lines.add("");
    lines.add("## Timeline");
    lines.add("");
    if (!timeline.isComplete()) {
      lines.add("The timeline is not complete yet.");
      lines.add("");
    }
    lines.add("| time (UTC) | event | about | details |");
    lines.add("| --- | --- | --- | --- |");
    timeline.events().forEach(event -> lines.add(row(event)));
    lines.addAll(List.of("", "## What happened", "", "## What to change", ""));
    return String.join("\n", lines);
  }

  private static String row(EpisodeEvent event) {
    var details = new ArrayList<String>();
    Instant finished = event.finishedAt();
    if (!event.outcome().isEmpty()) {
      details.add(event.outcome() + (finished == null ? "" : " " + time(finished)));
    } else if (finished != null) {
      details.add("until " + time(finished));
    }
    details.add(event.text());
    details.removeIf(String::isEmpty);
    return "| %s | %s | %s | %s |"
        .formatted(
            time(event.at()),
            event.kind().text(),
            escaped(event.subject()),
            escaped(String.join(": ", details)));
  }

  private static void fact(List<String> lines, String name, String value) {
    if (!value.isEmpty()) {
      lines.add("- " + name + ": " + escaped(value));
    }
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static String time(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /* Texts of alerts, receivers and people must not become markup. */
  private static String escaped(String text) {
    return text.replaceAll("([\\\\`*_\\[\\]<>|#])", "\\\\$1").replaceAll("[\\r\\n]+", " ");
  }
}
