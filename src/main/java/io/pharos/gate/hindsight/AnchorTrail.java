package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The contents of anchor files, and the places where their chains are broken.
///
/// @param lines in the order of the files
/// @param marks the last line of each service
/// @param breaks errors in the files, each with file and line
public record AnchorTrail(
    List<AnchorLine> lines, Map<String, AnchorLine.Mark> marks, List<String> breaks) {
  /// The extension of anchor files, whose names are numbers.
  public static final String SUFFIX = ".anchors";

  /// Maximum size in bytes of a file that is read; Pharos writes smaller files.
  public static final long MAX_FILE = 8L << 20;

  private static final String CARRIED = "carried";

  public AnchorTrail {
    lines = List.copyOf(lines);
    marks = Map.copyOf(marks);
    breaks = List.copyOf(breaks);
  }

  /// Returns the first line of a new file. It repeats the number and link of each service's last
  /// line in the older files, so that the chains continue.
  public static String carried(Map<String, AnchorLine.Mark> marks) {
    ObjectNode node = JSON.createObjectNode();
    ObjectNode carried = node.putObject(CARRIED);
    new TreeMap<>(marks)
        .forEach(
            (service, mark) ->
                carried.putObject(service).put("n", mark.number()).put("link", mark.link()));
    return node.toString();
  }

  /// Returns the marks in a line that [#carried(Map)] wrote; empty for any other line.
  static Optional<Map<String, AnchorLine.Mark>> carried(String line) {
    if (!line.startsWith("{\"" + CARRIED + "\"")) {
      return Optional.empty();
    }
    var marks = new LinkedHashMap<String, AnchorLine.Mark>();
    HindsightJson.object(line)
        .path(CARRIED)
        .properties()
        .forEach(
            service ->
                marks.put(
                    service.getKey(),
                    new AnchorLine.Mark(
                        service.getValue().path("n").asLong(),
                        HindsightJson.text(service.getValue(), "link"))));
    return Optional.of(marks);
  }

  /// Reads a file, or all anchor files of a directory in the order of their numbers.
  ///
  /// @throws IOException when a file is unreadable or too large
  public static AnchorTrail read(Path path) throws IOException {
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(path)) {
      try (Stream<Path> entries = Files.list(path)) {
        entries.filter(file -> file.toString().endsWith(SUFFIX)).sorted().forEach(files::add);
      }
    } else {
      files.add(path);
    }
    var reader = new Reader();
    for (Path file : files) {
      if (Files.size(file) > MAX_FILE) {
        throw new IOException(file + " is larger than the maximum of " + MAX_FILE + " bytes");
      }
      reader.read(file, Files.readString(file));
    }
    return new AnchorTrail(reader.lines, reader.marks, reader.breaks);
  }

  /// Returns the lines of a gate in order.
  public List<AnchorLine> of(String gateId) {
    return lines.stream().filter(line -> line.gate().equals(gateId)).toList();
  }

  /// Returns how a stored gate differs from its anchors; empty if it matches them or has none.
  public Optional<String> breakIn(StoredGate gate) {
    for (AnchorLine line : of(gate.run().id())) {
      List<GateFact> facts = gate.facts();
      if (facts.size() < line.facts()) {
        return Optional.of(
            "%d facts are stored, but %s records %d"
                .formatted(facts.size(), name(line), line.facts()));
      }
      if (line.facts() < 1 || !facts.get(line.facts() - 1).chain().equals(line.chain())) {
        return Optional.of(
            "the chain of its fact %d differs from the chain in %s"
                .formatted(line.facts(), name(line)));
      }
    }
    return gate.facts().stream()
        .map(fact -> GateHistory.anchoredAfter(fact).flatMap(link -> missing(fact, link)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /* A fact contains the link of the anchor before its own. If the anchors go on after that one
   * without the fact's own, its own was removed, and the later ones were written after a restart. */
  private Optional<String> missing(GateFact fact, String link) {
    List<AnchorLine> later =
        lines.stream().dropWhile(line -> !line.link().equals(link)).skip(1).toList();
    return later.isEmpty()
            || later.stream()
                .anyMatch(line -> line.gate().equals(fact.gateId()) && line.facts() >= fact.seq())
        ? Optional.empty()
        : Optional.of(
            "the anchor of its fact %d is missing, but %s is later: anchors between them were removed"
                .formatted(fact.seq(), name(later.getFirst())));
  }

  private static String name(AnchorLine line) {
    return "anchor " + line.number() + " of " + line.service() + " (" + line.at() + ")";
  }

  /// Reads files one after another.
  private static final class Reader {
    private final List<AnchorLine> lines = new ArrayList<>();
    private final List<String> breaks = new ArrayList<>();
    private final Map<String, AnchorLine.Mark> marks = new HashMap<>();

    void read(Path file, String text) {
      int number = 0;
      for (String line : text.lines().toList()) {
        number++;
        String where = file.getFileName() + ":" + number + ": ";
        try {
          Optional<Map<String, AnchorLine.Mark>> carried =
              number == 1 ? carried(line) : Optional.empty();
          if (carried.isPresent()) {
            addCarried(carried.get(), where);
          } else {
            add(AnchorLine.parse(line), where);
          }
        } catch (IllegalArgumentException e) {
          breaks.add(where + "invalid anchor: " + e.getMessage());
        }
      }
      if (!text.isEmpty() && !text.endsWith("\n")) {
        breaks.add(file.getFileName() + ":" + number + ": the last line is incomplete");
      }
    }

    private void addCarried(Map<String, AnchorLine.Mark> carried, String where) {
      if (!marks.isEmpty() && !marks.equals(carried)) {
        breaks.add(where + "the line differs from the last lines of the previous files");
      }
      marks.putAll(carried);
    }

    private void add(AnchorLine line, String where) {
      line.breakAfter(marks.get(line.service())).ifPresent(why -> breaks.add(where + why));
      marks.put(line.service(), line.mark());
      lines.add(line);
    }
  }
}
