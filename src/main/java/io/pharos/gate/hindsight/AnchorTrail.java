package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.gate.GateFact;
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

/// The anchors of some files, and where they do not follow each other.
///
/// @param lines in order
/// @param marks where the lines of each service end
/// @param breaks what is wrong with the files themselves, each with file and line
public record AnchorTrail(
    List<AnchorLine> lines, Map<String, AnchorLine.Mark> marks, List<String> breaks) {
  /// The ending of the files; the name is a number.
  public static final String SUFFIX = ".anchors";

  /// The largest file that is read: what Pharos writes stays below it.
  public static final long MAX_FILE = 8L << 20;

  private static final String CARRIED = "carried";

  public AnchorTrail {
    lines = List.copyOf(lines);
    marks = Map.copyOf(marks);
    breaks = List.copyOf(breaks);
  }

  /// The first line of a file that goes on where older ones ended.
  public static String carried(Map<String, AnchorLine.Mark> marks) {
    ObjectNode node = JSON.createObjectNode();
    ObjectNode carried = node.putObject(CARRIED);
    new TreeMap<>(marks)
        .forEach(
            (service, mark) ->
                carried.putObject(service).put("n", mark.number()).put("link", mark.link()));
    return node.toString();
  }

  /// What [#carried(Map)] wrote; empty where the line is another one.
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

  /// Reads a file, or all anchors of a folder in the order of their numbers.
  ///
  /// @throws IOException when something can't be read, or is larger than anchors are
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
        throw new IOException(file + " is larger than anchors are, " + MAX_FILE + " bytes");
      }
      reader.read(file, Files.readString(file));
    }
    return new AnchorTrail(reader.lines, reader.marks, reader.breaks);
  }

  /// The lines of a gate in order.
  public List<AnchorLine> of(String gateId) {
    return lines.stream().filter(line -> line.gate().equals(gateId)).toList();
  }

  /// Where a stored gate is not what was anchored of it; empty where nothing was, or all holds.
  public Optional<String> breakIn(StoredGate gate) {
    for (AnchorLine line : of(gate.run().id())) {
      List<GateFact> facts = gate.facts();
      if (facts.size() < line.facts()) {
        return Optional.of(
            "%d facts are stored, %s had %d".formatted(facts.size(), name(line), line.facts()));
      }
      if (line.facts() < 1 || !facts.get(line.facts() - 1).chain().equals(line.chain())) {
        return Optional.of(
            "its chain at fact %d is another than that of %s".formatted(line.facts(), name(line)));
      }
    }
    return Optional.empty();
  }

  private static String name(AnchorLine line) {
    return "anchor " + line.number() + " of " + line.service() + " (" + line.at() + ")";
  }

  /// Reads files one after the other.
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
            carry(carried.get(), where);
          } else {
            take(AnchorLine.parse(line), where);
          }
        } catch (IllegalArgumentException e) {
          breaks.add(where + "no anchor: " + e.getMessage());
        }
      }
      if (!text.isEmpty() && !text.endsWith("\n")) {
        breaks.add(file.getFileName() + ":" + number + ": the line has no end");
      }
    }

    private void carry(Map<String, AnchorLine.Mark> carried, String where) {
      if (!marks.isEmpty() && !marks.equals(carried)) {
        breaks.add(where + "it does not go on where the file before it ended");
      }
      marks.putAll(carried);
    }

    private void take(AnchorLine line, String where) {
      line.breakBehind(marks.get(line.service())).ifPresent(why -> breaks.add(where + why));
      marks.put(line.service(), line.mark());
      lines.add(line);
    }
  }
}
