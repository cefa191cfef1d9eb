package io.pharos.cli.adopt;

import static java.util.Objects.requireNonNull;

import io.pharos.adopt.imports.BlackboxImport;
import io.pharos.adopt.imports.GatusImport;
import io.pharos.adopt.imports.Imports;
import io.pharos.adopt.imports.UptimeKumaImport;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// `pharos import`: converts the monitors of another program to probes.
public record ImportCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "import",
          "converts Uptime Kuma's monitors, blackbox_exporter's modules or Gatus' endpoints to probes",
          "uptime-kuma | blackbox | gatus FILE",
          """
          The file of probes goes to standard output. Standard error gets a line for each
          setting without an equivalent. pharos check accepts the output. Secrets are never
          printed.

          From Uptime Kuma it reads a backup of version 1 (JSON), the database of any version
          (kuma.db, read by the program sqlite3 without changes), or the output of sqlite3:
            sqlite3 -json kuma.db 'SELECT * FROM monitor' >monitors.json
          From blackbox_exporter it also needs the prometheus.yml with the targets.
          Prometheus' rules and configuration need no import: pharos check reads them.
          """,
          List.of(
              new Flag("prometheus", "", "blackbox: the prometheus.yml with the targets"),
              new Flag(
                  "push-tokens",
                  "",
                  "folder for the tokens of Uptime Kuma's push monitors; their addresses /api/push/…"
                      + " keep working on the host of Pharos")),
          List.of(
              "0 everything was converted",
              "1 some settings have no equivalent; standard error lists them",
              "2 the file is unreadable"),
          List.of(
              "pharos import uptime-kuma kuma.db --push-tokens=secrets >probes/uptime-kuma.yml",
              "pharos import blackbox blackbox.yml --prometheus=prometheus.yml >probes/blackbox.yml",
              "pharos import gatus config.yaml >probes/gatus.yml"));

  private static final int MAX_FILE = 64 << 20;
  private static final String SQLITE = "SQLite format 3";

  /// SQL queries that read the monitors: one with their tags, and one for databases without tags.
  /// The first query that succeeds is used.
  private static final List<String> MONITORS =
      List.of(
          """
          SELECT monitor.*,
            (SELECT json_group_array(json_object('name', tag.name, 'value', monitor_tag.value))
               FROM monitor_tag JOIN tag ON tag.id = monitor_tag.tag_id
              WHERE monitor_tag.monitor_id = monitor.id) AS tags
          FROM monitor ORDER BY monitor.id""",
          "SELECT * FROM monitor");

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    if (flags.arguments().size() != 2) {
      throw new UsageException("expected a program and a file, found " + flags.arguments());
    }
    try {
      Imports imports = read(flags.arguments().getFirst(), flags.arguments().get(1), flags);
      for (var secret : imports.secrets().entrySet()) {
        writeSecret(secret.getKey(), secret.getValue());
      }
      out.print(imports.yaml());
      imports.notes().forEach(err::println);
      imports.losses().forEach(err::println);
      err.printf("%d probes, %d remarks%n", imports.size(), imports.losses().size());
      return imports.losses().isEmpty() ? 0 : 1;
    } catch (IOException | ConfigException | IllegalArgumentException e) {
      err.println("pharos import: " + e.getMessage());
      return 2;
    }
  }

  private static Imports read(String program, String file, Flags flags) throws IOException {
    return switch (program) {
      case "uptime-kuma" ->
          UptimeKumaImport.of(
              kuma(file),
              flags
                  .path("push-tokens")
                  .map(folder -> folder.toAbsolutePath().normalize())
                  .orElse(null));
      case "gatus" -> GatusImport.of(file, text(file));
      case "blackbox" -> {
        String targets = flags.required("prometheus", "the file with the targets");
        yield BlackboxImport.of(file, text(file), text(targets));
      }
      case "prometheus" ->
          throw new UsageException(
              "the configuration and the rules of Prometheus need no import: Pharos reads them as they are,"
                  + " see pharos check --config.file="
                  + file);
      default ->
          throw new UsageException("expected uptime-kuma, blackbox or gatus, found " + program);
    };
  }

  /* Writes a secret to a file that only its owner can read. An existing file is never
   * overwritten. */
  private static void writeSecret(Path file, String secret) throws IOException {
    Path folder = requireNonNull(file.getParent(), "the file of a secret is in no folder");
    Files.createDirectories(folder);
    if (Files.exists(file)) {
      if (!Files.readString(file).strip().equals(secret)) {
        throw new IOException(file + " exists already with other content");
      }
      return;
    }
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, secret + "\n");
  }

  private static String kuma(String file) throws IOException {
    byte[] head = new byte[SQLITE.length()];
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      int length = in.readNBytes(head, 0, head.length);
      if (!new String(head, 0, length, StandardCharsets.ISO_8859_1).equals(SQLITE)) {
        return text(file);
      }
    }
    return SqliteRows.read(Path.of(file), MONITORS, MAX_FILE);
  }

  private static String text(String file) throws IOException {
    Path path = Path.of(file);
    if (Files.size(path) > MAX_FILE) {
      throw new IOException(file + " is larger than " + MAX_FILE + " bytes");
    }
    return new String(Files.readAllBytes(path), StandardCharsets.UTF_8); // accepts malformed UTF-8
  }

  /// Reads rows of an SQLite database as JSON with the program sqlite3. The rows include recent
  /// writes that are still in the write-ahead log beside the file.
  static final class SqliteRows {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final int MAX_ERROR_BYTES = 10_000;

    private SqliteRows() {}

    /// Returns the rows of the first query that succeeds, as JSON.
    ///
    /// @param maxBytes maximum size of the output
    /// @throws IOException when sqlite3 is missing or refuses all queries; the message contains its
    ///   error
    static String read(Path database, List<String> queries, int maxBytes) throws IOException {
      String error = "";
      for (String query : queries) {
        Path errorFile = Files.createTempFile("pharos-sqlite", ".txt");
        try {
          Process process = start(database, query, errorFile);
          String rows = output(process, maxBytes);
          if (process.exitValue() == 0) {
            return rows.isBlank() ? "[]" : rows;
          }
          error =
              Files.size(errorFile) > MAX_ERROR_BYTES ? "" : Files.readString(errorFile).strip();
        } finally {
          Files.deleteIfExists(errorFile);
        }
      }
      throw new IOException(database + " can't be read by sqlite3: " + error);
    }

    private static Process start(Path database, String query, Path errorFile) throws IOException {
      try {
        return new ProcessBuilder(
                "sqlite3", "-readonly", "-json", database.toAbsolutePath().toString(), query)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectError(errorFile.toFile())
            .start();
      } catch (IOException e) {
        throw new IOException(
            ("%s is a database, and the program sqlite3 can't be started (%s);"
                    + " install it, or run elsewhere: sqlite3 -json kuma.db 'SELECT * FROM"
                    + " monitor' >monitors.json")
                .formatted(database, e.getMessage()),
            e);
      }
    }

    private static String output(Process process, int maxBytes) throws IOException {
      // Kills sqlite3 if it hangs, so that the read of its output ends.
      CompletableFuture<Process> ended =
          process.onExit().orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      ended.exceptionally(_ -> process.destroyForcibly());
      try (InputStream in = process.getInputStream()) {
        byte[] bytes = in.readNBytes(maxBytes + 1);
        if (bytes.length > maxBytes) {
          throw new IOException("the output of sqlite3 has more than " + maxBytes + " bytes");
        }
        process.onExit().join();
        return new String(bytes, StandardCharsets.UTF_8);
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
