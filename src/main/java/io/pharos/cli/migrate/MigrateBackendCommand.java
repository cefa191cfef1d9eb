package io.pharos.cli.migrate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.lint.VersionedFolders;
import io.pharos.migration.MigrationException;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.MigrationPhase;
import io.pharos.migration.ledger.RecordedState;
import io.pharos.migration.lint.MigrationLint;
import io.pharos.migration.run.BackendMigrator;
import io.pharos.migration.run.BackendMigrator.BackendDatabase;
import io.pharos.migration.run.BackendMigrator.MigrationPlan;
import io.pharos.migration.run.MigrationRun;
import io.pharos.migration.run.MigrationRun.MigrationReports;
import io.pharos.migration.run.MigrationRun.MigrationReports.ReportException;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `pharos migrate-backend`: runs the migrations of one phase on the backend's PostgreSQL, or
/// prints the migrations that it would run. With `--url` it reports them to Pharos, and asks Pharos
/// whether migrations of the contract phase may run.
public record MigrateBackendCommand(
    Map<String, String> environment, PrintStream out, PrintStream err) implements Command {
  public static final Flag FOLDER =
      new Flag("migrations.dir", "deploy/migrations", "folder of the migration files, V….sql");

  public static final CommandManual MANUAL =
      new CommandManual(
          "migrate-backend",
          "runs one phase of the migrations of the backend's database",
          "",
          """
          --phase and --backend.jdbc.url are required. Each file is one transaction: if a
          file fails, its changes are undone, and no later file runs. With --url, Pharos
          is notified, so that it can tell to which releases a rollback is possible. A
          contract file runs only if Pharos says that no release needs what the file
          removes. For Pharos' own store, use migrate. Files: docs/format/migrations.md.
          """,
          List.of(
              new Flag(
                  "phase",
                  "",
                  "expand, before a release starts; contract, after the release has proven itself"),
              new Flag("dry-run", "false", "show what would run, and change nothing"),
              FOLDER,
              new Flag(
                  "backend.jdbc.url", "", "the PostgreSQL, such as jdbc:postgresql://db/remotegpu"),
              new Flag("backend.jdbc.user", "", "user of that PostgreSQL"),
              new Flag(
                  "backend.jdbc.password-file", "", "file with that user's password; empty: none"),
              new Flag("lock-timeout", "5s", "how long a statement waits for a lock"),
              new Flag("statement-timeout", "5m", "how long a statement may run"),
              new Flag("turn-timeout", "1m", "how long to wait for another run's end"),
              new Flag(
                  "clear-failed", "", "version that failed without a transaction, to run again"),
              new Flag(
                  "backup-file", "", "a backup that must exist before anything runs; empty: none"),
              new Flag("backup-max-age", "24h", "maximum age of the backup"),
              new Flag("url", "", "address of the Pharos to notify and ask; empty: none"),
              ServerAccess.TOKEN_FILE,
              new Flag("service", "", "name of the service in deployments"),
              new Flag("env", "", "name of the environment in deployments"),
              new Flag("release", "", "the version that is rolled out"),
              new Flag("soak", "15m", "how long a release must have served before contract"),
              new Flag("force", "", "a reason to run contract without asking Pharos")),
          List.of(
              "0 everything that may run has run, or there is nothing to run",
              "1 a file was refused, or failed",
              "5 the database is unreachable, or Pharos is unreachable and its answer is required"),
          List.of(
              "pharos migrate-backend --phase=expand --dry-run"
                  + " --backend.jdbc.url=jdbc:postgresql://db/remotegpu"));

  private static final int REFUSED = 1;
  private static final int UNREACHABLE = 5;

  @Override
  public int run(List<String> words) {
    try {
      Flags flags = MANUAL.parse(words, environment);
      flags.refuseArguments();
      return run(flags);
    } catch (ConfigException e) {
      e.problems().forEach(err::println);
      return REFUSED;
    } catch (MigrationException | ReportException e) {
      warn(String.valueOf(e.getMessage()));
      return switch (e) {
        case MigrationException it when it.reason() != MigrationException.Reason.UNREACHABLE ->
            REFUSED;
        default -> UNREACHABLE;
      };
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return REFUSED;
    }
  }

  private void warn(String text) {
    err.println("pharos migrate-backend: " + text);
  }

  private int run(Flags flags) throws MigrationException, ReportException, InterruptedException {
    MigrationPhase phase =
        MigrationPhase.of(flags.get("phase"))
            .orElseThrow(() -> flags.refused("phase", "expand or contract"));
    var migrator = new BackendMigrator(database(flags), limits(flags));
    Path folder = Path.of(flags.get(FOLDER.name()));
    if (!Files.isDirectory(folder)) {
      throw flags.refused(FOLDER.name(), "a directory");
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
      MigrationLint.check(file).forEach(finding -> warn("warning: " + finding));
    }
    if (flags.get("url").isEmpty()) {
      return run(flags, plan, files.size(), runOf(migrator, files, Optional.empty()), false);
    }
    for (String name : List.of("service", "env")) {
      if (flags.get(name).isEmpty()) {
        throw new UsageException("--" + name + " is missing: it is required with --url");
      }
    }
    try (var client = ServerAccess.open(flags, environment)) {
      var reports =
          new ApiMigrationReports(
              client, flags.get("service"), flags.get("env"), flags.get("release"));
      return run(flags, plan, files.size(), runOf(migrator, files, Optional.of(reports)), true);
    }
  }

  private MigrationRun runOf(
      BackendMigrator migrator, List<MigrationFile> files, Optional<MigrationReports> reports) {
    return new MigrationRun(migrator, files, reports, out::println, this::warn);
  }

  private int run(
      Flags flags, MigrationPlan plan, int fileCount, MigrationRun run, boolean knowsPharos)
      throws MigrationException, ReportException, InterruptedException {
    boolean dryRun = flags.isOn("dry-run");
    if (!dryRun) {
      run.sync(plan);
    }
    List<MigrationFile> due = due(flags, plan, run, knowsPharos);
    if (due.isEmpty()) {
      out.println(
          "%s: nothing to run, %d of %d files were applied before"
              .formatted(plan.phase().text(), plan.applied().size(), fileCount));
      return 0;
    }
    if (dryRun) {
      out.println(plan.phase().text() + ": would run");
      due.forEach(file -> file.shown().forEach(out::println));
      return 0;
    }
    requireBackup(flags);
    run.run(plan.phase(), due);
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
    } catch (IOException _) { // refused, as is an old backup
    }
    throw MigrationException.refused(
        "nothing was run: the backup %s is missing, empty or older than %s"
            .formatted(backup.get(), flags.get("backup-max-age")));
  }

  private List<MigrationFile> due(
      Flags flags, MigrationPlan plan, MigrationRun run, boolean knowsPharos)
      throws MigrationException, ReportException, InterruptedException {
    if (plan.phase() == MigrationPhase.EXPAND || plan.pending().isEmpty()) {
      return plan.pending();
    }
    if (!flags.get("force").isEmpty()) {
      if (flags.get("force").split(" ").length < 2) {
        throw flags.refused("force", "a reason in words");
      }
      warn("contract runs without asking Pharos: " + flags.get("force"));
      return plan.pending();
    }
    if (!knowsPharos) {
      throw new UsageException(
          "contract can break an older release: set --url, so that Pharos is asked first, or set --force"
              + " to a reason");
    }
    return run.due(plan, flags.duration("soak"));
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
    var _ = flags.duration("soak"); // refuses an invalid value before anything runs
    return new BackendMigrator.Limits(
        flags.positive("lock-timeout"),
        flags.positive("statement-timeout"),
        flags.duration("turn-timeout"));
  }

  /// Reports the migrations of a service to Pharos through its API.
  record ApiMigrationReports(ApiClient client, String service, String env, String release)
      implements MigrationReports {
    private static final String ROOT = "/api/pharos/v1/migrations";
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    @Override
    public void sync(List<MigrationFile> applied) throws ReportException, InterruptedException {
      JsonNode list =
          answer("GET", ROOT + "?service=" + encoded(service) + "&env=" + encoded(env), "");
      Map<String, String> reportedStates = new HashMap<>();
      for (JsonNode migration : list.path("migrations")) {
        reportedStates.put(
            migration.path("file").asText(),
            key(
                migration.path("state").asText(),
                migration.path("checksum").asText(),
                migration.path("safe_from").asText()));
      }
      for (MigrationFile file : applied) {
        String now =
            key(
                RecordedState.APPLIED.text(),
                String.valueOf(file.checksum()),
                file.safeFrom().orElse(""));
        if (!now.equals(reportedStates.get(file.name()))) {
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
}
