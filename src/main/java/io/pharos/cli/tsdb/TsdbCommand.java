package io.pharos.cli.tsdb;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bytes.CorruptDataException;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ProgressLine;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.ServeFlags;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.storage.Exemplar;
import io.pharos.tsdb.PrometheusExport;
import io.pharos.tsdb.PrometheusImport;
import io.pharos.tsdb.StoreStats;
import io.pharos.tsdb.StoredData;
import io.pharos.tsdb.exemplar.ExemplarStore;
import io.pharos.tsdb.prometheus.PrometheusBlock;
import io.pharos.tsdb.start.StartRuns;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// `pharos tsdb`: exports, imports, verifies and lists the stored samples, and shows statistics.
public record TsdbCommand(
    Map<String, String> environment, PrintStream out, PrintStream err, InstantSource clock)
    implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "tsdb",
          "exports, imports, verifies and lists the stored samples",
          "export DIR | import DIR | verify | list | stats",
          """
          export writes the samples as Prometheus blocks into an empty folder; Pharos may
          run meanwhile. Exemplars and start timestamps go into files beside the blocks,
          which only import reads. import adds Prometheus blocks to the store of a stopped
          Pharos: all of them, or none if one is unreadable. The folder is Prometheus' data
          folder, a snapshot, the output of promtool tsdb create-blocks-from, or one block.
          verify reads the whole store, list shows its blocks, and stats shows which series
          use space. These three change nothing, and Pharos may run.
          """,
          List.of(
              new Flag("storage.path", "data", "Pharos' folder, as in serve"),
              new Flag("from", "", "export, import: earliest time, now-6h or 2026-01-31T00:00:00Z"),
              new Flag("to", "", "export, import: latest time"),
              new Flag("match", "", "export: a selector of series, such as '{job=\"node\"}'"),
              ServeFlags.RETENTION,
              new Flag("limit", "10", "stats: rows of each table; 1 to 1000")),
          List.of(
              "0 done, without damage",
              "1 failed, or verify found damage; standard error says which",
              "2 imported, but without some samples of the last hours"),
          List.of(
              "pharos tsdb export /tmp/blocks --from=now-7d",
              "pharos tsdb import /var/lib/prometheus/metrics2 --storage.retention=90d",
              "pharos tsdb verify --storage.path=/var/lib/pharos"));

  private static final int MAX_ROWS = 1000;

  /// Creates the command with environment variables and two output streams.
  public TsdbCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this(environment, out, err, InstantSource.system());
  }

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    List<String> arguments = flags.arguments();
    String action = arguments.isEmpty() ? "" : arguments.getFirst();
    int expected =
        switch (action) {
          case "export", "import" -> 2;
          case "verify", "list", "stats" -> 1;
          default ->
              throw new UsageException(
                  "expected export, import, verify, list or stats, found " + arguments);
        };
    if (arguments.size() != expected) {
      throw new UsageException(
          expected == 2
              ? "expected " + action + " and a folder, found " + arguments
              : "expected " + action + " alone, found " + arguments);
    }
    Path store = Path.of(flags.get("storage.path")).resolve("tsdb");
    try (var progress = ProgressLine.on(err)) {
      return switch (action) {
        case "export" -> export(flags, store, Path.of(arguments.get(1)), progress);
        case "import" -> importBlocks(flags, store, Path.of(arguments.get(1)), progress);
        case "verify" -> verify(store, progress);
        case "list" -> list(store);
        default -> stats(flags, store, progress);
      };
    } catch (DirectoryNotEmptyException e) {
      return failed(e.getMessage() + ": contains blocks, expected an empty or a new folder");
    } catch (NoSuchFileException e) {
      return failed(e.getFile() + ": " + Objects.requireNonNullElse(e.getReason(), "not found"));
    } catch (UncheckedIOException e) {
      IOException cause = e.getCause();
      return failed(String.valueOf(cause == null ? e.getMessage() : cause.getMessage()));
    } catch (IOException | CorruptDataException e) {
      return failed(String.valueOf(e.getMessage()));
    }
  }

  private int failed(String message) {
    err.println("pharos tsdb: " + message);
    return 1;
  }

  private long time(Flags flags, String name, long absent) {
    return flags
        .text(name)
        .map(_ -> flags.time(name, clock.instant()).toEpochMilli())
        .orElse(absent);
  }

  private long from(Flags flags) {
    return time(flags, "from", Long.MIN_VALUE);
  }

  private long to(Flags flags) {
    long to = time(flags, "to", Long.MAX_VALUE);
    if (from(flags) > to) {
      throw flags.refused("from", "a time that is not after --to");
    }
    return to;
  }

  private static List<LabelMatcher> matchers(Flags flags) {
    if (flags.get("match").isEmpty()) {
      return List.of();
    }
    try {
      return PromqlParser.parseSelector(flags.get("match"));
    } catch (ParseException e) {
      throw new UsageException("--match: " + e.getMessage());
    }
  }

  private int export(Flags flags, Path store, Path target, ProgressLine progress)
      throws IOException {
    long from = from(flags);
    long to = to(flags);
    List<LabelMatcher> matchers = matchers(flags);
    StoredData data = StoredData.open(store);
    data.damages().forEach(err::println);
    if (!data.damages().isEmpty()) {
      return failed("not exported, because the store is damaged (pharos tsdb verify shows where)");
    }
    PrometheusExport.Report report;
    long starts;
    Files.createDirectories(target);
    try (var startWriter = new BlockSidecarFiles.StartWriter(target)) {
      report =
          new PrometheusExport(
                  data,
                  matchers,
                  from,
                  to,
                  clock.millis(),
                  new SecureRandom(),
                  progress::at,
                  startWriter::write)
              .run(target);
      starts = startWriter.finish();
    }
    progress.close();
    if (report.blocks().isEmpty()) {
      return failed(store + ": no samples match, so no block was written");
    }
    long exemplars =
        BlockSidecarFiles.writeExemplars(
            target, ExemplarStore.read(store.resolve("exemplars"), List.of(matchers), from, to));
    out.printf(
        Locale.ROOT,
        "%s: %d blocks with %d samples from %s to %s, %d bytes%n",
        target,
        report.blocks().size(),
        report.samples(),
        Instant.ofEpochMilli(report.blocks().getFirst().minTime()),
        Instant.ofEpochMilli(report.blocks().getLast().maxTime()),
        report.bytes());
    if (exemplars > 0) {
      out.printf(
          "%s: %d exemplars. Prometheus' blocks can't contain exemplars, so only pharos tsdb import"
              + " reads this file%n",
          target.resolve(BlockSidecarFiles.EXEMPLARS), exemplars);
    }
    if (starts > 0) {
      out.printf(
          "%s: start timestamps of %d series in windows of two hours. Only pharos tsdb import reads"
              + " this file%n",
          target.resolve(BlockSidecarFiles.STARTS), starts);
    }
    return 0;
  }

  private int importBlocks(Flags flags, Path store, Path source, ProgressLine progress)
      throws IOException {
    Duration retention = flags.duration(ServeFlags.RETENTION.name());
    long from = from(flags);
    long to = to(flags);
    List<Path> folders = PrometheusBlock.folders(source);
    if (folders.isEmpty()) {
      return failed(source + ": contains no block, expected folders named by ULIDs with meta.json");
    }
    boolean hasLog = hasFiles(source.resolve("wal"));
    PrometheusImport.Report report;
    Map<Labels, StartRuns> starts = BlockSidecarFiles.readStarts(source);
    /* Read the whole file once, so that an invalid one is refused before the store changes. */
    BlockSidecarFiles.readExemplars(source, (_, _) -> {});
    try {
      report =
          PrometheusImport.run(
              folders, store, from, to, retention, clock.instant(), progress::at, starts);
    } catch (PrometheusImport.RetentionException e) {
      return failed(
          "%s of %dd, so Pharos would delete them at once. Nothing was imported. Set --storage.retention=%dd"
                  .formatted(
                      e.getMessage(),
                      retention.toDays(),
                      Duration.between(e.oldest(), clock.instant()).toDays() + 1)
              + " here and for serve, or exclude them by --from");
    }
    progress.close();
    out.printf(
        Locale.ROOT,
        "%s: imported %d samples of %d blocks, %d of them were stored already; wrote %d blocks, and"
            + " %d samples to the log%n",
        store,
        report.read() - report.late(),
        folders.size(),
        report.duplicates(),
        report.blocks(),
        report.logged());
    importExemplars(source, store.resolve("exemplars"), from, to);
    if (hasLog) {
      err.printf(
          "%s: the write-ahead log is not imported. It contains up to the last three hours; a snapshot"
              + " (POST /api/v1/admin/tsdb/snapshot) contains them as blocks%n",
          source);
    }
    if (report.late() > 0) {
      err.printf(
          "%d samples from %s on were not imported: Pharos already has newer samples of these series,"
              + " and its limit on out-of-order samples is reached. Import again after %s%n",
          report.late(),
          Instant.ofEpochMilli(report.lateFrom()),
          clock.instant().plus(Duration.ofHours(3)));
      return 2;
    }
    return 0;
  }

  /* The number of exemplars is not limited here: serve deletes the excess when it opens the
   * store. */
  private void importExemplars(Path source, Path folder, long from, long to) throws IOException {
    if (!Files.exists(source.resolve(BlockSidecarFiles.EXEMPLARS))) {
      return;
    }
    var registry = new SimpleMeterRegistry();
    long[] counts = {0, 0};
    try (var stored = new ExemplarStore(folder, Integer.MAX_VALUE, registry)) {
      var batch = new ArrayList<ExemplarStore.Offered>();
      BlockSidecarFiles.readExemplars(
          source,
          (series, exemplar) -> {
            if (exemplar.timestampMillis() >= from && exemplar.timestampMillis() <= to) {
              counts[0]++;
              if (stored.outcomeOf(series, exemplar) == Exemplar.Outcome.ACCEPTED) {
                batch.add(new ExemplarStore.Offered(series, exemplar));
                stored.append(batch);
                batch.clear();
                counts[1]++;
              }
            }
          });
    }
    out.printf(
        "%s: imported %d of %d exemplars; the others are stored already, or older than stored ones%n",
        folder, counts[1], counts[0]);
  }

  private static boolean hasFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (var files = Files.list(folder)) {
      return files.findAny().isPresent();
    }
  }

  private int verify(Path store, ProgressLine progress) throws IOException {
    StoredData data = StoredData.open(store);
    StoredData.CheckReport report = data.check(progress::at);
    progress.close();
    report.damages().forEach(err::println);
    out.printf(
        "%s: read %d blocks with %d samples, and %d segments of the log; %s%n",
        store,
        report.blocks(),
        report.samples(),
        data.segments().size(),
        report.damages().isEmpty() ? "no damage" : report.damages().size() + " damaged");
    return report.damages().isEmpty() ? 0 : 1;
  }

  private int list(Path store) throws IOException {
    StoredData data = StoredData.open(store);
    data.damages().forEach(err::println);
    out.printf(
        "%-20s  %-20s  %9s  %12s  %12s  %8s  %s%n",
        "FROM", "TO", "SERIES", "SAMPLES", "BYTES", "B/SAMPLE", "NAME");
    for (StoreStats.Part part : StoreStats.parts(data)) {
      out.printf(
          Locale.ROOT,
          "%-20s  %-20s  %9d  %12d  %12s  %8s  %s%n",
          Instant.ofEpochMilli(part.oldest()),
          Instant.ofEpochMilli(part.newest()),
          part.series(),
          part.samples(),
          part.isBlock() ? part.bytes() : "-",
          part.isBlock() ? perSample(part.bytes(), part.samples()) : "-",
          part.name());
    }
    data.segments()
        .forEach(
            segment -> out.printf("%s: %d bytes%n", segment.file().getFileName(), segment.bytes()));
    return 0;
  }

  private static String perSample(long bytes, long samples) {
    return samples == 0 ? "-" : String.format(Locale.ROOT, "%.2f", (double) bytes / samples);
  }

  private int stats(Flags flags, Path store, ProgressLine progress) throws IOException {
    int limit = flags.integer("limit", 1, MAX_ROWS);
    StoredData data = StoredData.open(store);
    data.damages().forEach(err::println);
    StoreStats stats = StoreStats.of(data, progress::at);
    progress.close();
    List<StoreStats.Part> parts = stats.parts();
    if (parts.isEmpty()) {
      out.println(store + ": no samples");
      return 0;
    }
    long inBlocks =
        parts.stream().filter(StoreStats.Part::isBlock).mapToLong(StoreStats.Part::samples).sum();
    long samples = parts.stream().mapToLong(StoreStats.Part::samples).sum();
    long bytes = parts.stream().mapToLong(StoreStats.Part::bytes).sum();
    long log = data.segments().stream().mapToLong(segment -> segment.bytes()).sum();
    out.println("from      " + Instant.ofEpochMilli(parts.getFirst().oldest()));
    out.println("to        " + Instant.ofEpochMilli(parts.getLast().newest()));
    out.println("series    " + stats.series());
    out.println("samples   " + samples);
    out.println("blocks    %d bytes, %s a sample".formatted(bytes, perSample(bytes, inBlocks)));
    out.println("log       " + log + " bytes");
    table("labels with the most values", stats.labelNames(limit));
    table("label values with the most series", stats.labelPairs(limit));
    table("metrics with the most series", stats.metricNames(limit));
    return 0;
  }

  private void table(String title, List<StoreStats.Count> counts) {
    out.println();
    out.println(title);
    counts.forEach(one -> out.printf("%9d  %s%n", one.count(), one.name()));
  }
}
