package io.pharos.cli.gate;

import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.gate.GateClient.Ended;
import io.pharos.cli.gate.GateHindsight.StoredGates.Found;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.hindsight.AnchorLine;
import io.pharos.gate.hindsight.AnchorTrail;
import io.pharos.gate.hindsight.Backtest;
import io.pharos.gate.hindsight.EvidenceJson;
import io.pharos.gate.hindsight.Replay;
import io.pharos.gate.hindsight.StoredGate;
import io.pharos.gate.hindsight.Verification;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.PlainReason;
import io.pharos.model.PromDuration;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// `pharos gate verify`, `replay` and `backtest`: check stored gates again.
record GateHindsight(Map<String, String> environment, PrintStream out, PrintStream err) {
  static final Flag FILE =
      new Flag("file", "", "replay: a file with evidence from the API, instead of a gate's id");
  static final Flag ANCHORS =
      new Flag("anchors", "data/gate-anchors", "verify: a folder or file of anchors, or none");

  private static final Flag URL = ServerAccess.URL;

  private static final int EQUAL = 0;
  private static final int DIFFERS = 1;
  private static final int UNKNOWN = 2;

  /// Returns whether the word after `pharos gate` is the name of one of these commands.
  static boolean isCommand(String word) {
    return List.of("verify", "replay", "backtest").contains(word);
  }

  /// Runs the command that the first word names.
  int run(List<String> words) {
    String name = words.getFirst();
    List<String> rest = words.subList(1, words.size());
    try {
      return switch (name) {
        case "replay" ->
            replay(Flags.parse(List.of(FILE, URL, ServerAccess.TOKEN_FILE), rest, environment));
        case "backtest" ->
            backtest(Flags.parse(List.of(URL, ServerAccess.TOKEN_FILE), rest, environment));
        default ->
            verify(Flags.parse(List.of(ANCHORS, URL, ServerAccess.TOKEN_FILE), rest, environment));
      };
    } catch (Ended e) {
      err.println("pharos gate " + name + ": " + e.getMessage());
      return e.outcome.exitCode(false);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      err.println("pharos gate " + name + ": interrupted");
      return GateOutcome.UNREACHABLE.exitCode(false);
    }
  }

  private int replay(Flags flags) throws InterruptedException {
    List<String> ids = flags.arguments();
    if (ids.size() != (flags.get(FILE.name()).isEmpty() ? 1 : 0)) {
      throw new UsageException("expected the id of one gate, or --file, found " + ids);
    }
    Found found;
    if (ids.isEmpty()) {
      found = StoredGates.file(Path.of(flags.get(FILE.name())));
    } else {
      try (var client = ServerAccess.open(flags, environment)) {
        found = new StoredGates(client).find(ids.getFirst());
      }
    }
    return switch (found) {
      case Found.None _ -> {
        err.println("pharos gate replay: there is no gate " + ids.getFirst());
        yield GateOutcome.REFUSED.exitCode(false);
      }
      case Found.Unreadable(String why) -> {
        err.println("pharos gate replay: the evidence is invalid: " + why);
        yield GateOutcome.REFUSED.exitCode(false);
      }
      case Found.Evidence(StoredGate gate) -> replayed(gate);
    };
  }

  private int replayed(StoredGate gate) {
    Verification chain = Verification.of(gate);
    Replay replay = Replay.of(gate);
    GateRun run = gate.run();
    out.println(title(run));
    out.println("chain:  " + chain.text());
    out.println(
        replay.agrees()
            ? "replay: the same%s at each of %d observations: %s %s"
                .formatted(
                    replay.difference().isEmpty()
                        ? ", to the last byte,"
                        : " verdict (only texts differ, as between versions of Pharos)",
                    gate.trail().size(),
                    run.state(),
                    run.code())
            : "replay: differs: " + replay.difference());
    if (!replay.agrees() || chain instanceof Verification.Broken) {
      return DIFFERS;
    }
    return chain instanceof Verification.NotCovered ? UNKNOWN : EQUAL;
  }

  private static String title(GateRun run) {
    return "%s  %s %s in %s: %s %s"
        .formatted(run.id(), run.service(), run.version(), run.env(), run.state(), run.code());
  }

  private int backtest(Flags flags) throws InterruptedException {
    if (flags.arguments().isEmpty()) {
      throw new UsageException("expected policy files, found none");
    }
    PolicySet<GatePolicy> policies;
    try {
      policies = GatePolicy.FILES.readAll(flags.arguments().stream().map(Path::of).toList());
    } catch (ConfigException e) {
      throw new Ended(GateOutcome.REFUSED, String.valueOf(e.getMessage()));
    }
    var gates = new ArrayList<StoredGate>();
    int unreadable = 0;
    try (var client = ServerAccess.open(flags, environment)) {
      var stored = new StoredGates(client);
      for (String service : policies.all().stream().map(GatePolicy::service).distinct().toList()) {
        for (String id : stored.ofService(service)) {
          switch (stored.find(id)) {
            case Found.Evidence(StoredGate gate) -> gates.add(gate);
            case Found.None _ -> {} // deleted after it was listed
            case Found.Unreadable(String why) -> {
              unreadable++;
              err.println("gate " + id + " is skipped, because its evidence is invalid: " + why);
            }
          }
        }
      }
    }
    List<Backtest.Row> rows = new Backtest(policies).run(gates.reversed());
    new BacktestTable(out).print(rows);
    if (rows.isEmpty()) {
      err.println("pharos gate backtest: no release of the services in these policies is stored");
    }
    return rows.isEmpty() || unreadable > 0 ? UNKNOWN : EQUAL;
  }

  private int verify(Flags flags) throws InterruptedException {
    if (flags.arguments().size() > 1) {
      throw new UsageException(
          "expected the id of one gate, or none for all, found " + flags.arguments());
    }
    AnchorTrail anchors = anchors(flags.get(ANCHORS.name()));
    try (var client = ServerAccess.open(flags, environment)) {
      return new Verifying(new StoredGates(client), anchors).run(flags.arguments());
    }
  }

  private static AnchorTrail anchors(String path) {
    if (path.equals("none")) {
      return new AnchorTrail(List.of(), Map.of(), List.of());
    }
    try {
      return AnchorTrail.read(Path.of(path));
    } catch (IOException e) {
      throw new UsageException(
          ("--anchors: expected a folder or file of anchors, or none, found %s,"
                  + " which can't be read: %s")
              .formatted(path, PlainReason.of(e)));
    }
  }

  /// Verifies gates one by one and counts the results.
  private final class Verifying {
    private final StoredGates stored;
    private final AnchorTrail anchors;
    private int whole;
    private int broken;
    private int unknown;

    Verifying(StoredGates stored, AnchorTrail anchors) {
      this.stored = stored;
      this.anchors = anchors;
    }

    int run(List<String> ids) throws InterruptedException {
      for (String why : anchors.breaks()) {
        broken++;
        out.println("broken       the anchors: " + why);
      }
      for (String id : ids.isEmpty() ? all() : ids) {
        verify(id);
      }
      out.printf(
          "%d whole, %d broken, %d not covered, %d anchors%n",
          whole, broken, unknown, anchors.lines().size());
      return broken > 0 ? DIFFERS : unknown > 0 || whole == 0 ? UNKNOWN : EQUAL;
    }

    /* Returns the ids of the gates that the anchors name, and of all stored gates of the services
     * that the anchors name. */
    private List<String> all() throws InterruptedException {
      var ids = new LinkedHashSet<String>();
      var services = new LinkedHashSet<String>();
      for (AnchorLine line : anchors.lines()) {
        ids.add(line.gate());
        services.add(line.service());
      }
      for (String service : services) {
        ids.addAll(stored.ofService(service));
      }
      return new ArrayList<>(ids);
    }

    private void verify(String id) throws InterruptedException {
      switch (stored.find(id)) {
        case Found.None _ -> {
          if (anchors.of(id).isEmpty()) {
            throw new UsageException("unknown gate " + id + ": not stored, and no anchor names it");
          }
          AnchorLine line = anchors.of(id).getLast();
          broken(
              id,
              "it was deleted: anchor %d of %s says that its state was %s at %s"
                  .formatted(line.number(), line.service(), line.state(), line.at()));
        }
        case Found.Unreadable(String why) -> broken(id, "invalid evidence: " + why);
        case Found.Evidence(StoredGate gate) -> verify(gate);
      }
    }

    private void verify(StoredGate gate) {
      Optional<String> rewritten = anchors.breakIn(gate);
      String title = title(gate.run());
      switch (Verification.of(gate)) {
        case Verification.Broken(String where) -> broken(title, where);
        case Verification.NotCovered(String why) -> {
          if (isSinceTheAnchors(gate)) {
            broken(
                title,
                rewritten.orElse("it has no facts, although it was opened after the first anchor"));
          } else {
            unknown(title, why);
          }
        }
        case Verification.Whole whole -> {
          if (rewritten.isPresent()) {
            broken(title, rewritten.get());
          } else if (gate.run().isObserved() || !gate.run().state().isFinal()) {
            whole(title, whole.text() + "; still running");
          } else if (anchors.of(gate.run().id()).isEmpty()) {
            unknown(title, whole.text() + ", but no anchor names the gate");
          } else {
            whole(title, whole.text() + ", as anchored");
          }
        }
      }
    }

    private boolean isSinceTheAnchors(StoredGate gate) {
      return !anchors.lines().isEmpty()
          && (anchors.lines().getFirst().at().isBefore(gate.run().openedAt())
              || !anchors.of(gate.run().id()).isEmpty());
    }

    private void whole(String which, String why) {
      whole++;
      out.println("whole        " + which + "  (" + why + ")");
    }

    private void broken(String which, String why) {
      broken++;
      out.println("broken       " + which + "  (" + why + ")");
    }

    private void unknown(String which, String why) {
      unknown++;
      out.println("not covered  " + which + "  (" + why + ")");
    }
  }

  /// Fetches the evidence of stored gates. Throws [Ended] when Pharos refuses a request or does not
  /// answer.
  record StoredGates(ApiClient client) {
    /// Maximum size of a file in bytes; the evidence of a gate is always smaller.
    private static final long MAX_FILE = 256L << 20;

    private static final String ROOT = "/api/pharos/v1";
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /// Maximum number of gates that the API lists for a service.
    private static final int MAX_LISTED = 500;

    /// The result of a search for one gate.
    sealed interface Found {
      record Evidence(StoredGate gate) implements Found {}

      /// There is no such gate.
      record None() implements Found {}

      /// The evidence is invalid.
      record Unreadable(String why) implements Found {}
    }

    /// Reads evidence from a file that contains a response of the API.
    static Found file(Path file) {
      try {
        if (Files.size(file) > MAX_FILE) {
          return new Found.Unreadable(file + " is larger than the evidence of any gate");
        }
        return read(Files.readString(file));
      } catch (IOException e) {
        throw new UsageException("--file: " + file + " is unreadable: " + PlainReason.of(e));
      }
    }

    private static Found read(String text) {
      try {
        return new Found.Evidence(EvidenceJson.read(text));
      } catch (IllegalArgumentException e) {
        return new Found.Unreadable(String.valueOf(e.getMessage()));
      }
    }

    /// Returns the evidence of a gate.
    Found find(String id) throws InterruptedException {
      ApiClient.Answer answer = ask("/gates/" + ApiClient.encoded(id) + "/evidence");
      if (answer.status() == 404) {
        return new Found.None();
      }
      return read(requireSuccess(answer).body());
    }

    /// Returns the ids of the newest gates of a service, newest first.
    List<String> ofService(String service) throws InterruptedException {
      ApiClient.Answer answer =
          requireSuccess(
              ask("/services/" + ApiClient.encoded(service) + "/gates?limit=" + MAX_LISTED));
      return answer
          .json()
          .path("gates")
          .valueStream()
          .map(gate -> gate.path("id").asText())
          .toList();
    }

    private ApiClient.Answer ask(String path) throws InterruptedException {
      try {
        ApiClient.Answer answer = client.get(ROOT + path, TIMEOUT);
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

    private static ApiClient.Answer requireSuccess(ApiClient.Answer answer) {
      if (answer.status() >= 300) {
        throw new Ended(GateOutcome.REFUSED, "status " + answer.status() + ": " + answer.reason());
      }
      return answer;
    }
  }

  /// Prints the stored verdict of each release, the verdict that a policy would give now, and the
  /// totals.
  record BacktestTable(PrintStream out) {
    private static final List<String> HEAD =
        List.of("RELEASE,OPENED,THEN,AFTER,REGRETTED,NOW,AFTER,REGRETTED,NOT KNOWN".split(","));

    void print(List<Backtest.Row> rows) {
      var lines = new ArrayList<List<String>>();
      lines.add(HEAD);
      rows.forEach(row -> lines.add(cells(row)));
      var format = new StringBuilder();
      for (int i = 0; i < HEAD.size(); i++) {
        int column = i;
        int width = lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0);
        format.append("%-").append(width + 2).append('s');
      }
      lines.forEach(
          line -> out.println(format.toString().formatted(line.toArray()).stripTrailing()));
      for (Backtest.Row row : rows) {
        if (row.now() != row.then() || row.now() == GateState.RUNNING) {
          out.println();
          out.println(release(row) + " " + row.run().id() + ": " + row.why());
        }
      }
      out.println();
      totals(rows);
    }

    private static List<String> cells(Backtest.Row row) {
      return List.of(
          release(row),
          row.run().openedAt().toString(),
          row.then() + " " + row.thenCode(),
          time(row.takesThen()),
          words(row.regretsThen()),
          verdict(row),
          time(row.takesNow()),
          words(row.regretsNow()),
          words(row.missing()));
    }

    private static String release(Backtest.Row row) {
      return row.run().service() + " " + row.run().version() + " in " + row.run().env();
    }

    /* If the evidence ends before a verdict, the result is unknown, never a PASS. */
    private static String verdict(Backtest.Row row) {
      return row.now() == GateState.RUNNING ? "unknown" : row.now() + " " + row.code();
    }

    private static String time(@Nullable Duration duration) {
      return duration == null ? "-" : PromDuration.format(duration);
    }

    private static String words(List<String> words) {
      return words.isEmpty() ? "-" : String.join(",", words);
    }

    private void totals(List<Backtest.Row> rows) {
      out.printf(
          "%d releases: %d with the same verdict, %d unknown%n",
          rows.size(),
          count(rows, row -> row.now() == row.then() && row.now() != GateState.RUNNING),
          count(rows, row -> row.now() == GateState.RUNNING));
      for (GateState state : List.of(GateState.PASS, GateState.FAIL, GateState.INCONCLUSIVE)) {
        total(rows, state.name(), row -> row.then() == state, row -> row.now() == state);
      }
      total(
          rows,
          "regretted",
          row -> !row.regretsThen().isEmpty(),
          row -> !row.regretsNow().isEmpty());
    }

    private void total(
        List<Backtest.Row> rows,
        String name,
        Predicate<Backtest.Row> then,
        Predicate<Backtest.Row> now) {
      out.printf("%-12s %d then, %d now%n", name, count(rows, then), count(rows, now));
    }

    private static long count(List<Backtest.Row> rows, Predicate<Backtest.Row> wanted) {
      return rows.stream().filter(wanted).count();
    }
  }
}
