package io.pharos.cli.query;

import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.config.http.HttpOptions;
import io.pharos.dashboards.LokiClient;
import io.pharos.dashboards.LokiClient.Entry;
import io.pharos.http.Clients;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `pharos logs QUERY`: prints the lines that a LogQL query selects in Loki, oldest first.
public record LogsCommand(
    Map<String, String> environment,
    PrintStream out,
    PrintStream err,
    InstantSource clock,
    Pause pause)
    implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "logs",
          "prints the lines that a LogQL query selects in Loki, and follows them",
          "QUERY",
          """
          It prints the newest --limit lines since --since, oldest first. --labels puts time
          and labels before each line. With --follow it prints new lines until it is
          stopped, and waits while Loki is unreachable.
          """,
          List.of(
              new Flag("loki", "http://127.0.0.1:3100", "address of Loki"),
              new Flag("loki.token-file", "", "file with a bearer token for Loki; empty: none"),
              new Flag("since", "1h", "how far back lines are searched"),
              new Flag(
                  "limit", "100", "maximum number of lines, 1 to 5000; the newest are printed"),
              new Flag("follow", "false", "also print new lines"),
              new Flag("labels", "false", "print time and labels before each line")),
          List.of(
              "0 printed, also when no line matches", "1 Loki is unreachable or refuses the query"),
          List.of(
              "pharos logs '{job=\"remotegpu-backend\"} |= \"panic\"' --since=6h",
              "pharos logs '{job=\"nginx\"} | json | status >= 500' --follow"));

  /// Maximum number of lines in one response, by Loki's default settings.
  private static final int MAX_LINES = 5000;

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /// Maximum delay between the time of a line and its arrival in Loki. `--follow` does not print a
  /// line that arrives later.
  private static final Duration MAX_DELAY = Duration.ofSeconds(30);

  /// The pause between two queries.
  public interface Pause {
    /// Sleeps for the duration and returns true.
    Pause REAL =
        length -> {
          Thread.sleep(length);
          return true;
        };

    /// Waits, and returns whether to continue.
    boolean sleep(Duration length) throws InterruptedException;
  }

  /// Creates the command with environment variables and two output streams.
  public LogsCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this(environment, out, err, InstantSource.system(), Pause.REAL);
  }

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    String query = flags.argument("query");
    int limit = flags.integer("limit", 1, MAX_LINES);
    boolean isLabelled = flags.isOn("labels");
    boolean isFollowed = flags.isOn("follow");
    Duration since = flags.duration("since");
    try (var clients = new Clients(InstantSource.system());
        var client = clients.open(options(flags))) {
      var loki = new LokiClient(client, flags.get("loki"));
      long now = nanos(clock.instant());
      List<Entry> entries =
          loki.entries(query, now - since.toNanos(), now + 1, limit).stream()
              .sorted(Comparator.comparingLong(Entry::nanos))
              .toList();
      entries.forEach(entry -> print(entry, isLabelled));
      if (isFollowed) {
        follow(loki, query, now, new LinkedHashSet<>(entries), isLabelled);
      }
      return 0;
    } catch (QueryException e) {
      err.println("pharos logs: " + e.reason());
      return 1;
    } catch (InterruptedException _) { // the user ends the command
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static HttpOptions options(Flags flags) {
    return ServerAccess.tokenFile(flags, "loki.token-file").orElse(HttpOptions.DEFAULT);
  }

  /// Prints new lines: repeatedly queries the last 30 seconds and prints the lines that were not
  /// printed before, since lines do not always reach Loki in the order of their times.
  ///
  /// @param begin a time in Unix nanoseconds; older lines are not printed
  /// @param printed lines that were printed already
  private void follow(
      LokiClient loki, String query, long begin, Set<Entry> printed, boolean isLabelled)
      throws InterruptedException {
    boolean isUnreachable = false;
    long earliest = begin - MAX_DELAY.toNanos();
    while (pause.sleep(PAUSE)) {
      long now = nanos(clock.instant());
      long from = Math.max(earliest, now - MAX_DELAY.toNanos());
      printed.removeIf(entry -> entry.nanos() < from);
      try {
        List<Entry> entries = loki.entries(query, from, now + 1, MAX_LINES);
        if (isUnreachable) {
          err.println("pharos logs: Loki answers again");
        }
        isUnreachable = false;
        if (entries.size() == MAX_LINES) {
          err.println("pharos logs: more lines than one query returns; some are not printed");
        }
        entries.stream()
            .sorted(Comparator.comparingLong(Entry::nanos))
            .filter(entry -> entry.nanos() >= begin && printed.add(entry))
            .forEach(entry -> print(entry, isLabelled));
      } catch (QueryException e) {
        if (e.kind() != Kind.UNAVAILABLE) {
          throw e;
        }
        if (!isUnreachable) {
          err.println("pharos logs: " + e.reason() + "; retrying");
        }
        isUnreachable = true;
      }
    }
  }

  private void print(Entry entry, boolean isLabelled) {
    out.println(
        isLabelled
            ? Instant.ofEpochSecond(0, entry.nanos()) + " " + entry.labels() + " " + entry.line()
            : entry.line());
  }

  private static long nanos(Instant time) {
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }
}
