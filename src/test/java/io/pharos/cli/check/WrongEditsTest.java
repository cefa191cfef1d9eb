package io.pharos.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Wrong edits of the shipped files: each is told once, where it was made, with the word that is
/// wrong.
@Tag("slow")
class WrongEditsTest {
  @TempDir static Path tree;
  private static CheckedTree shipped;

  /// One edit.
  ///
  /// @param find what is replaced where it first stands; empty to write a new file
  /// @param says what the one finding must have in it
  /// @param in the file that the finding is about, most often the edited one
  /// @param at what first stands in the line of the finding; empty for the first line that changed
  record Edit(String file, String find, String with, String says, String in, String at) {
    static Edit of(YamlValue item) {
      YamlMap map = item.asMap();
      String file = map.require("file").asString();
      var edit =
          new Edit(
              file,
              map.string("find", ""),
              map.string("with", ""),
              map.require("says").asString(),
              map.string("in", file),
              map.string("at", ""));
      map.finish();
      return edit;
    }

    /// What the file has after the edit.
    String after(String before) {
      if (find.isEmpty()) {
        return with;
      }
      int at = before.indexOf(find);
      assertThat(at).as("the anchor %s is no longer in %s", Quoted.of(find), file).isNotNegative();
      return before.substring(0, at) + with + before.substring(at + find.length());
    }

    @Override
    public String toString() {
      return file + ": " + find.strip() + " -> " + with.strip();
    }
  }

  static List<Edit> edits() {
    return YamlFile.read(Path.of("src/test/resources/check/wrong-edits.yml"))
        .require("edits")
        .asList()
        .stream()
        .map(Edit::of)
        .toList();
  }

  @BeforeAll
  static void copy() throws IOException {
    shipped = CheckedTree.copyOfShipped(tree);
  }

  private static List<String> check() {
    return shipped.check();
  }

  @Test
  void shippedFiles_haveNoFinding() {
    assertThat(check()).isEmpty();
  }

  @Test
  void edits_areManyOfEachKind() {
    assertThat(edits()).hasSizeGreaterThanOrEqualTo(170).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("edits")
  void edit_isToldOnceWhereItIs(Edit edit) throws IOException {
    Path file = tree.resolve(edit.file());
    String before = Files.exists(file) ? Files.readString(file) : "";
    String after = edit.after(before);
    assertThat(after).isNotEqualTo(before);
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, after);
      int line = line(edit, before, after);
      String place = tree.resolve(edit.in()) + (line == 0 ? ": " : ":" + line + ":");
      assertThat(check()).singleElement().asString().startsWith(place).contains(edit.says());
    } finally {
      if (before.isEmpty()) {
        Files.delete(file);
      } else {
        Files.writeString(file, before);
      }
    }
  }

  private static int line(Edit edit, String before, String after) throws IOException {
    if (edit.at().equals("whole file")) {
      return 0;
    }
    if (!edit.at().isEmpty()) {
      String text = Files.readString(tree.resolve(edit.in()));
      assertThat(text).contains(edit.at());
      return 1 + lineFeeds(text.substring(0, text.indexOf(edit.at())));
    }
    int same = 0;
    while (same < Math.min(before.length(), after.length())
        && before.charAt(same) == after.charAt(same)) {
      same++;
    }
    return 1 + lineFeeds(after.substring(0, same));
  }

  private static int lineFeeds(String text) {
    return (int) text.chars().filter(c -> c == '\n').count();
  }
}
