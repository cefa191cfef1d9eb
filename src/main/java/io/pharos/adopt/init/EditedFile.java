package io.pharos.adopt.init;

import io.pharos.bytes.Durability;
import io.pharos.config.files.OutsideFiles;
import io.pharos.config.yaml.YamlMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// A versioned file of probes or targets. An edit adds, replaces or removes one entry; the rest of
/// the text stays as it is. An edit whose result would differ by more than the entry is refused:
/// its result is empty.
///
/// @param file the file, or the one that a symbolic link names
/// @param text its text; empty if it does not exist
public record EditedFile(Path file, String text) {
  /// The list of a probe file.
  private static final String LIST = "probes";

  private static final String NAME = "name";
  private static final int CONTEXT = 3;

  private static final Set<PosixFilePermission> NEW_MODE =
      PosixFilePermissions.fromString("rw-r--r--");

  /// Reads a file, which need not exist.
  ///
  /// @throws IOException if it exists and can't be read
  public static EditedFile read(Path file) throws IOException {
    return Files.exists(file)
        ? new EditedFile(file.toRealPath(), OutsideFiles.text(file.toRealPath()))
        : new EditedFile(file, "");
  }

  /// Returns a hash of the text, by which a later change by others is noticed.
  public String hash() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is missing", e);
    }
  }

  /// Returns the text with another probe at the end of the list.
  ///
  /// @param entry an item of the list with its comments
  public Optional<String> withProbe(String entry) {
    return ListInsertion.into(file.toString(), text, LIST, indented(entry));
  }

  /// Returns the text with another entry for a probe.
  public Optional<String> withProbe(String name, String entry) {
    return ListInsertion.replacing(file.toString(), text, LIST, NAME, name, indented(entry));
  }

  /// Returns the text without a probe and the comments above it.
  public Optional<String> withoutProbe(String name) {
    return item(name)
        .map(item -> parts().without(Stream.of(item.line())))
        .flatMap(after -> ListInsertion.without(file.toString(), text, after, LIST, NAME, name));
  }

  /// Returns the text of a probe with the comments above it, not indented.
  public Optional<String> probe(String name) {
    return item(name).map(item -> parts().part(item).stripTrailing().stripIndent() + "\n");
  }

  private YamlParts parts() {
    return YamlParts.of(text, LIST);
  }

  private Optional<YamlMap> item(String name) {
    return text.indexOf('\r') >= 0
        ? Optional.empty()
        : parts().items().stream().filter(item -> item.string(NAME, "").equals(name)).findFirst();
  }

  /// Returns the text of a JSON file of targets with another group at its end.
  ///
  /// @param group a JSON object
  public Optional<String> withTargets(String group) {
    int end = text.lastIndexOf(']');
    if (text.isBlank()) {
      return Optional.of("[\n  " + group + "\n]\n");
    }
    if (end < 0 || !text.substring(end + 1).isBlank()) {
      return Optional.empty();
    }
    String before = text.substring(0, end).stripTrailing();
    boolean isFirst = before.endsWith("[");
    String after = text.substring(end);
    return Optional.of(before + (isFirst ? "" : ",") + "\n  " + group + "\n" + after);
  }

  private static String indented(String entry) {
    boolean isIndented = entry.lines().allMatch(line -> line.isBlank() || line.startsWith("  "));
    var text = new StringBuilder();
    entry
        .stripTrailing()
        .lines()
        .forEach(
            line ->
                text.append(isIndented || line.isBlank() ? "" : "  ")
                    .append(line.isBlank() ? "" : line)
                    .append('\n'));
    return text.toString();
  }

  /// Returns the difference to another text as the lines of a unified diff; empty if there is none.
  public List<String> difference(String after) {
    List<String> old = text.lines().toList();
    List<String> fresh = after.lines().toList();
    int start = 0;
    while (start < Math.min(old.size(), fresh.size()) && old.get(start).equals(fresh.get(start))) {
      start++;
    }
    int end = 0;
    while (end < Math.min(old.size(), fresh.size()) - start
        && old.get(old.size() - 1 - end).equals(fresh.get(fresh.size() - 1 - end))) {
      end++;
    }
    if (start == old.size() && start == fresh.size()) {
      return List.of();
    }
    int from = Math.max(0, start - CONTEXT);
    int until = Math.min(end, CONTEXT);
    var lines = new ArrayList<String>();
    lines.add("--- " + file);
    lines.add("+++ " + file);
    lines.add(
        "@@ -%d,%d +%d,%d @@"
            .formatted(
                from + 1,
                old.size() - end + until - from,
                from + 1,
                fresh.size() - end + until - from));
    old.subList(from, start).forEach(line -> lines.add(" " + line));
    old.subList(start, old.size() - end).forEach(line -> lines.add("-" + line));
    fresh.subList(start, fresh.size() - end).forEach(line -> lines.add("+" + line));
    old.subList(old.size() - end, old.size() - end + until).forEach(line -> lines.add(" " + line));
    return lines;
  }

  /// Replaces the file by another text, atomically and durably. Its mode stays.
  ///
  /// @return false if the file no longer has the text that this edit began with; nothing is written
  /// @throws IOException if it can't be written; the file then has its old text
  public boolean write(String after) throws IOException {
    if (!read(file).text.equals(text)) {
      return false;
    }
    Durability.write(
        file, after, Files.exists(file) ? Files.getPosixFilePermissions(file) : NEW_MODE);
    return true;
  }
}
