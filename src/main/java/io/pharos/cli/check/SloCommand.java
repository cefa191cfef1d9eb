package io.pharos.cli.check;

import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.lint.VersionedFolders;
import io.pharos.model.PlainReason;
import io.pharos.rules.slo.Slo;
import io.pharos.rules.slo.SloFile;
import io.pharos.rules.slo.SloRules;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `pharos slo generate`: writes the rules for the objectives in `slos/*.yml`.
public record SloCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  static final Flag FOLDER = new Flag("slos.dir", "slos", "service level objectives");

  public static final CommandManual MANUAL =
      new CommandManual(
          "slo",
          "writes the rules for service level objectives",
          "generate",
          """
          It reads slos/*.yml in OpenSLO's format (docs/format/slos.md) and writes slo.yml
          into the folder of rules. check reports a file that is not up to date.
          """,
          List.of(FOLDER, new Flag("rules.dir", "alert-rules", "where slo.yml is written")),
          List.of(
              "0 written, or up to date already",
              "1 an objective is invalid, or the file can't be written"),
          List.of("pharos slo generate"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    if (!flags.arguments().equals(List.of("generate"))) {
      throw new UsageException("expected generate, found " + flags.arguments());
    }
    Path folder = Path.of(flags.get(FOLDER.name()));
    Path file = Path.of(flags.get("rules.dir")).resolve(SloRules.FILE);
    try {
      List<Slo> slos = SloFile.readAll(files(folder));
      if (slos.isEmpty()) {
        err.println("pharos slo: no objectives in " + folder);
        return 1;
      }
      String text = SloRules.of(slos);
      boolean changed = !Files.exists(file) || !Files.readString(file).equals(text);
      if (changed) {
        Files.writeString(file, text);
      }
      out.println("%s: %d objectives%s".formatted(file, slos.size(), changed ? "" : ", unchanged"));
      return 0;
    } catch (ConfigException e) {
      e.problems().forEach(err::println);
      return 1;
    } catch (IOException e) {
      err.println("pharos slo: " + file + ": " + e.getMessage());
      return 1;
    }
  }

  static List<Path> files(Path folder) {
    return VersionedFolders.files(folder, ".yml", ".yaml");
  }

  /// Returns the first difference between the rules in `slo.yml` and the rules that the objectives
  /// need; empty if there is none.
  ///
  /// @param slos at least one
  static Optional<Problem> difference(List<Slo> slos, Path folder) {
    Path file = folder.resolve(SloRules.FILE);
    List<String> expected = SloRules.of(slos).lines().toList();
    List<String> found;
    try {
      found = Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return Optional.of(new Problem(file.toString(), 0, 0, "can't be read: " + PlainReason.of(e)));
    }
    if (found.equals(expected)) {
      return Optional.empty();
    }
    int line = 0;
    while (line < Math.min(found.size(), expected.size())
        && found.get(line).equals(expected.get(line))) {
      line++;
    }
    return Optional.of(
        new Problem(
            file.toString(), line + 1, 0, "does not match slos/*.yml: run pharos slo generate"));
  }
}
