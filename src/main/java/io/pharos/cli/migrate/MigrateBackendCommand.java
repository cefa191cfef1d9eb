package io.pharos.cli.migrate;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.migrate.MigrationReports.UntoldException;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.lint.VersionedFolders;
import io.pharos.migration.BackendDatabase;
import io.pharos.migration.BackendMigrator;
import io.pharos.migration.MigrationException;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.MigrationLint;
import io.pharos.migration.MigrationPhase;
import io.pharos.migration.MigrationPlan;
import io.pharos.migration.ledger.RecordedState;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// `pharos migrate-backend`: runs the migrations of one phase on the backend's PostgreSQL, or says
/// what would run. Where it knows a Pharos it tells it, and asks it before it takes anything away.
public final class MigrateBackendCommand implements Command {
  public static final Flag FOLDER =
      new Flag("migrations.dir", "deploy/migrations", "the files, V….sql");

  public static final CommandManual MANUAL =
      new CommandManual(
          "migrate-backend",
          "runs the migrations of the backend's database, one phase of them",
          "",
          """
          --phase and --backend.jdbc.url are needed. Each file is one transaction: one that
          fails leaves nothing, and none behind it is run. With --url Pharos is told, which
          lets it answer whether a release can be gone back to; contract runs only where
          Pharos says that no release that may run needs what goes. Pharos' own store is
          brought up to date by migrate. Files: docs/format/migrations.md.
          """,
          List.of(
              new Flag("phase", "", "expand, before a release starts; contract, when it is proven"),
              new Flag("dry-run", "false", "say what would run, and change nothing"),
              FOLDER,
              new Flag(
                  "backend.jdbc.url", "", "the PostgreSQL, as in jdbc:postgresql://db/remotegpu"),
              new Flag("backend.jdbc.user", "", "user of that PostgreSQL"),
              new Flag(
                  "backend.jdbc.password-file", "", "file with that user's password; empty: none"),
              new Flag("lock-timeout", "5s", "how long a statement waits for a lock"),
              new Flag("statement-timeout", "5m", "how long a statement may take"),
              new Flag("turn-timeout", "1m", "how long another run is waited for"),
              new Flag("clear-failed", "", "run this version again, which failed half done"),
              new Flag("backup-file", "", "a backup without which nothing is run; empty: none"),
              new Flag("backup-max-age", "24h", "how old it may be"),
              new Flag("url", "", "the Pharos that is told and asked; empty: none"),
              ServerAccess.TOKEN_FILE,
              new Flag("service", "", "the service, as deployments name it"),
              new Flag("env", "", "the environment, as deployments name it"),
              new Flag("release", "", "the version that is rolled out"),
              new Flag("soak", "15m", "how long a release must have served before contract"),
              new Flag("force", "", "a reason to run contract without asking Pharos")),
          List.of(
              new CommandManual.Exit(0, "all that may run was run, or there is nothing to run"),
              new CommandManual.Exit(1, "a file is refused, or failed and left nothing behind"),
              new CommandManual.Exit(
                  4, "a wrong command line, or a file with a secret can't be read"),
              new CommandManual.Exit(
                  5, "the database can't be reached, or a Pharos that must be asked")),
          List.of(
              "pharos migrate-backend --phase=expand --dry-run"
                  + " --backend.jdbc.url=jdbc:postgresql://db/remotegpu"));

  private static final int REFUSED = 1;
  private static final int USAGE = 4;
  private static final int UNREACHABLE = 5;

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  /// Creates the command on an environment and its two output streams.
  public MigrateBackendCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = Map.copyOf(environment);
    this.out = requireNonNull(out, "out is null");
    this.err = requireNonNull(err, "err is null");
  }

  @Override
  public int run(List<String> words) {
    try {
      Flags flags = Flags.parse(MANUAL.flags(), words, environment);
      flags.refuseArguments();
      return run(flags);
    } catch (UsageException e) {
      say(String.valueOf(e.getMessage()));
      return USAGE;
    } catch (ConfigException e) {
      e.problems().forEach(err::println);
      return REFUSED;
    } catch (MigrationException e) {
      say(String.valueOf(e.getMessage()));
      return switch (e.reason()) {
        case REFUSED, FAILED, BUSY -> REFUSED;
        case UNREACHABLE -> UNREACHABLE;
      };
    } catch (UntoldException e) {
      say(String.valueOf(e.getMessage()));
      return UNREACHABLE;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return REFUSED;
    }
  }

  private void say(String text) {
    err.println("pharos migrate-backend: " + text);
  }

  private int run(Flags flags) throws MigrationException, UntoldException, InterruptedException {
    MigrationPhase phase =
        MigrationPhase.of(flags.get("phase"))
            .orElseThrow(() -> flags.refused("phase", "expand or contract"));
    var migrator = new BackendMigrator(database(flags), limits(flags));
    Path folder = Path.of(flags.get(FOLDER.name()));
    if (!Files.isDirectory(folder)) {
      throw flags.refused(FOLDER.name(), "a folder");
    }
    List<MigrationFile> files = MigrationFile.readAll(VersionedFolders.files(folder, ".sql"));
    String again = flags.get("clear-failed");
    if (!again.isEmpty() && !flags.isOn("dry-run") && !migrator.clearFailed(again)) {
      throw flags.refused("clear-failed", "a version that failed without a transaction");
    }
    MigrationPlan plan = migrator.plan(files, phase);
    List<Problem> problems = MigrationLint.problems(plan.pending());
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    for (MigrationFile file : plan.pending()) {
      MigrationLint.check(file).forEach(remark -> say("warning: " + remark));
    }
    if (flags.get("url").isEmpty()) {
      return run(flags, migrator, files, plan, Optional.empty());
    }
    for (String name : List.of("service", "env")) {
      if (flags.get(name).isEmpty()) {
        throw new UsageException("--" + name + " is missing, which Pharos at --url asks for");
      }
    }
    try (var client = ServerAccess.open(flags, environment)) {
      var reports =
          new MigrationReports(
              client, flags.get("service"), flags.get("env"), flags.get("release"));
      return run(flags, migrator, files, plan, Optional.of(reports));
    }
  }

  private int run(
      Flags flags,
      BackendMigrator migrator,
      List<MigrationFile> files,
      MigrationPlan plan,
      Optional<MigrationReports> reports)
      throws MigrationException, UntoldException, InterruptedException {
    boolean must = plan.pending().stream().anyMatch(file -> file.safeFrom().isPresent());
    boolean dryRun = flags.isOn("dry-run");
    if (reports.isPresent() && !dryRun) {
      tell(must, () -> reports.get().sync(plan.applied()));
    }
    List<MigrationFile> due = due(flags, plan, reports);
    if (due.isEmpty()) {
      out.println(
          plan.phase().text()
              + ": nothing to run, "
              + plan.applied().size()
              + " of "
              + files.size()
              + " files were applied before");
      return 0;
    }
    if (dryRun) {
      out.println(plan.phase().text() + ": would run");
      due.forEach(file -> file.shown().forEach(out::println));
      return 0;
    }
    requireBackup(flags);
    for (MigrationFile file : due) {
      // One by one, so that Pharos knows what is under way.
      run(migrator, files, migrator.plan(files, plan.phase()).only(List.of(file)), file, reports);
    }
    return 0;
  }

  private void requireBackup(Flags flags) throws MigrationException {
    Optional<Path> backup = flags.path("backup-file");
    if (backup.isEmpty()) {
      return;
    }
    Duration age = flags.duration("backup-max-age");
    try {
      Instant made = Files.getLastModifiedTime(backup.get()).toInstant();
      if (Files.size(backup.get()) > 0 && !made.plus(age).isBefore(Instant.now())) {
        return;
      }
    } catch (IOException _) { // refused like one that is too old
    }
    throw MigrationException.refused(
        "nothing is run: the backup "
            + backup.get()
            + " is missing, empty or older than "
            + flags.get("backup-max-age"));
  }

  /// What may run now: all of expand; of contract what comes before the first file that may not.
  private List<MigrationFile> due(
      Flags flags, MigrationPlan plan, Optional<MigrationReports> reports)
      throws MigrationException, UntoldException, InterruptedException {
    if (plan.phase() == MigrationPhase.EXPAND || plan.pending().isEmpty()) {
      return plan.pending();
    }
    if (!flags.get("force").isEmpty()) {
      if (flags.get("force").split(" ").length < 2) {
        throw flags.refused("force", "a reason in words");
      }
      say("Pharos is not asked: " + flags.get("force"));
      return plan.pending();
    }
    if (reports.isEmpty()) {
      throw new UsageException(
          "contract takes away what an older release may need, which Pharos knows: expected --url,"
              + " or --force with a reason");
    }
    var due = new ArrayList<MigrationFile>();
    for (MigrationFile file : plan.pending()) {
      JsonNode answer = reports.get().canContract(file.safeFrom().orElseThrow(), flags.get("soak"));
      String summary = answer.path("summary").asText();
      switch (answer.path("answer").asText()) {
        case "yes" -> due.add(file);
        case "later" -> {
          out.println(file.name() + " waits: " + summary);
          return due;
        }
        default -> {
          if (due.isEmpty()) {
            throw MigrationException.refused(
                file.name()
                    + " may not run now ("
                    + answer.path("answer").asText()
                    + "): "
                    + summary);
          }
          say(file.name() + " waits: " + summary);
          return due;
        }
      }
    }
    return due;
  }

  private void run(
      BackendMigrator migrator,
      List<MigrationFile> files,
      MigrationPlan plan,
      MigrationFile file,
      Optional<MigrationReports> reports)
      throws MigrationException, UntoldException, InterruptedException {
    if (reports.isPresent()) {
      tell(file.safeFrom().isPresent(), () -> reports.get().tell(file, RecordedState.BEGUN, ""));
    }
    var ran = new AtomicBoolean();
    long begin = System.nanoTime();
    try {
      migrator.run(plan, _ -> ran.set(true));
    } catch (MigrationException e) {
      RecordedState state =
          switch (e.reason()) {
            case FAILED -> file.inTransaction() ? RecordedState.ROLLED_BACK : RecordedState.UNCLEAR;
            // Another run may have it, or nobody saw whether its end was heard.
            case REFUSED, BUSY, UNREACHABLE -> RecordedState.BEGUN;
          };
      if (reports.isPresent()) {
        tell(false, () -> reports.get().tell(file, state, String.valueOf(e.getMessage())));
      }
      throw e;
    }
    if (!migrator.plan(files, plan.phase()).applied().contains(file)) {
      throw MigrationException.refused(file.name() + " did not run, and Flyway did not say why");
    }
    out.println(
        ran.get()
            ? "%s applied in %.1f s".formatted(file.name(), (System.nanoTime() - begin) / 1e9)
            : file.name() + " was applied by another run meanwhile");
    if (reports.isPresent()) {
      tell(false, () -> reports.get().tell(file, RecordedState.APPLIED, ""));
    }
  }

  private interface Telling {
    void tell() throws UntoldException, InterruptedException;
  }

  /// Tells Pharos.
  ///
  /// @param must whether nothing may happen that Pharos does not know of
  private void tell(boolean must, Telling telling) throws UntoldException, InterruptedException {
    try {
      telling.tell();
    } catch (UntoldException e) {
      if (must) {
        throw new UntoldException(
            "nothing is run that ends the way back while Pharos can't be told: " + e.getMessage());
      }
      say("Pharos is not told, the next run makes up for it: " + e.getMessage());
    }
  }

  private static BackendDatabase database(Flags flags) {
    String url = flags.get("backend.jdbc.url");
    String plain = url.indexOf('?') < 0 ? url : url.substring(0, url.indexOf('?'));
    if (!url.startsWith("jdbc:postgresql:")) {
      throw new UsageException(
          "--backend.jdbc.url: expected jdbc:postgresql:…, found " + Quoted.of(plain));
    }
    return new BackendDatabase(
        url,
        flags.get("backend.jdbc.user"),
        flags.path("backend.jdbc.password-file").map(MigrateBackendCommand::password).orElse(""));
  }

  private static String password(Path file) {
    try {
      return SecretSource.fromFile(file).read().orElseThrow();
    } catch (IOException e) {
      throw new UsageException("--backend.jdbc.password-file: " + e.getMessage());
    }
  }

  private static BackendMigrator.Limits limits(Flags flags) {
    for (String name : List.of("lock-timeout", "statement-timeout")) {
      if (!flags.duration(name).isPositive()) {
        throw flags.refused(name, "a duration longer than 0");
      }
    }
    var _ = flags.duration("soak"); // refused here, not by Pharos
    return new BackendMigrator.Limits(
        flags.duration("lock-timeout"),
        flags.duration("statement-timeout"),
        flags.duration("turn-timeout"));
  }
}
