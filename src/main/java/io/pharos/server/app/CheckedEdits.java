package io.pharos.server.app;

import io.pharos.cli.check.CheckCommand;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.files.OutsideFiles;
import io.pharos.config.prometheus.FilePattern;
import io.pharos.config.prometheus.FileSdConfig;
import io.pharos.server.web.target.WatchFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The files of probes and targets that this service reads, for pages that change them.
///
/// @param files supplies the files that were read last
record CheckedEdits(ServeOptions options, Supplier<VersionedFiles> files) implements WatchFiles {
  private static final String FIRST_FILE = "probes.yml";

  @Override
  public List<Choice> probeFiles() {
    Path folder = options.probesDir();
    if (folder.toString().isEmpty() || options.configFile().isEmpty()) {
      return List.of();
    }
    List<Path> found = VersionedFiles.yamlFiles(folder);
    return (found.isEmpty() ? Stream.of(folder.resolve(FIRST_FILE)) : found.stream())
        .map(file -> new Choice(file.toString(), file))
        .toList();
  }

  @Override
  public List<Choice> targetFiles() {
    return files.get().prometheus().scrapeConfigs().stream()
        .flatMap(job -> job.fileSdConfigs().stream())
        .map(FileSdConfig::files)
        .flatMap(List::stream)
        .flatMap(CheckedEdits::expanded)
        .filter(file -> file.toString().endsWith(".json"))
        .distinct()
        .map(file -> new Choice(file.toString(), file))
        .toList();
  }

  private static Stream<Path> expanded(String pattern) {
    try {
      return FilePattern.expand(pattern).stream();
    } catch (IOException _) { // the page of targets shows the problem
      return Stream.empty();
    }
  }

  @Override
  public List<String> problems(Path file, String text) {
    Set<String> before =
        check().stream().map(CheckedEdits::withoutLines).collect(Collectors.toSet());
    return OutsideFiles.withDraft(file, text, this::check).stream()
        .filter(problem -> !before.contains(withoutLines(problem)))
        .toList();
  }

  /* An entry moves the lines of those below it. */
  private static String withoutLines(String problem) {
    return problem.replaceAll(":\\d+", "");
  }

  private List<String> check() {
    var errors = new ByteArrayOutputStream();
    var command =
        new CheckCommand(
            Map.of(),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(errors, true, StandardCharsets.UTF_8));
    int _ =
        command.run(
            List.of(
                "--lint=false",
                "--config.file=" + options.configFile().map(Path::toString).orElse(""),
                "--notifications.file=" + options.notificationsFile(),
                "--probes.dir=" + options.probesDir(),
                "--gates.dir=" + options.gatesDir()));
    return errors.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
