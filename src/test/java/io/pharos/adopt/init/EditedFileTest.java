package io.pharos.adopt.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EditedFileTest {
  private static final String TEXT =
      """
      # Probes of the shop.
      probes:
        # The first answers from inside.
        - name: one   # keep this
          http: {url: 'http://127.0.0.1/'}

        # The second is slow.
        - name: two
          interval: 60s
          tcp: {host: 10.0.0.1, port: 80}
      # The end.
      """;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("shop.yml");
    Files.writeString(file, TEXT);
  }

  private EditedFile edited() throws IOException {
    return EditedFile.read(file);
  }

  @Test
  void withProbe_new_keepsEachOtherByte() throws IOException {
    String after = edited().withProbe("- name: three\n  icmp: {host: a}\n").orElseThrow();

    assertThat(after)
        .isEqualTo(TEXT.replace("# The end.", "  - name: three\n    icmp: {host: a}\n# The end."));
  }

  @Test
  void withProbe_changed_replacesOnlyItsLines() throws IOException {
    String after =
        edited().withProbe("two", "- name: two\n  tcp: {host: 10.0.0.2, port: 81}\n").orElseThrow();

    assertThat(after)
        .isEqualTo(
            TEXT.replace(
                "    interval: 60s\n    tcp: {host: 10.0.0.1, port: 80}",
                "    tcp: {host: 10.0.0.2, port: 81}"));
  }

  @Test
  void withoutProbe_takesItsCommentsToo() throws IOException {
    String after = edited().withoutProbe("one").orElseThrow();

    assertThat(after).isEqualTo(TEXT.replaceFirst("(?s)  # The first.*?(?=  # The second)", ""));
    assertThat(edited().withoutProbe("none")).isEmpty();
  }

  @Test
  void probe_text_isItsEntryWithComments() throws IOException {
    assertThat(edited().probe("two").orElseThrow())
        .isEqualTo(
            """
            # The second is slow.
            - name: two
              interval: 60s
              tcp: {host: 10.0.0.1, port: 80}
            """);
  }

  @Test
  void difference_isAUnifiedDiff() throws IOException {
    String after = TEXT.replace("interval: 60s", "interval: 90s");

    assertThat(edited().difference(after))
        .containsExactly(
            "--- " + file.toRealPath(),
            "+++ " + file.toRealPath(),
            "@@ -6,6 +6,6 @@",
            " ",
            "   # The second is slow.",
            "   - name: two",
            "-    interval: 60s",
            "+    interval: 90s",
            "     tcp: {host: 10.0.0.1, port: 80}",
            " # The end.");
    assertThat(edited().difference(TEXT)).isEmpty();
  }

  @Test
  void edit_ofALineThatHoldsTwoEntries_isRefused() throws IOException {
    Files.writeString(file, "probes: [{name: a, icmp: {host: a}}, {name: b, icmp: {host: b}}]\n");

    assertThat(edited().withoutProbe("a")).isEmpty();
    assertThat(edited().withProbe("a", "- name: a\n  icmp: {host: c}")).isEmpty();
    assertThat(edited().withProbe("- name: c\n  icmp: {host: c}")).isEmpty();
  }

  @Test
  void edit_ofWindowsLines_isRefused() throws IOException {
    Files.writeString(file, TEXT.replace("\n", "\r\n"));

    assertThat(edited().withProbe("- name: c\n  icmp: {host: c}")).isEmpty();
    assertThat(edited().withoutProbe("one")).isEmpty();
  }

  @Test
  void entry_thatWouldAddATopLevelKey_isRefused() throws IOException {
    assertThat(edited().withProbe("- name: c\n  icmp: {host: c}\n---\nother: 1")).isEmpty();
  }

  @Test
  void write_keepsTheModeAndLeavesNoOtherFile() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));

    assertThat(edited().write("probes: []\n")).isTrue();

    assertThat(file).hasContent("probes: []");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-rw-r--");
    assertThat(folder.toFile().list()).containsExactly("shop.yml");
  }

  @Test
  void write_fileThatOthersChanged_writesNothing() throws IOException {
    EditedFile edited = edited();
    Files.writeString(file, TEXT + "# by hand\n");

    assertThat(edited.write("probes: []\n")).isFalse();
    assertThat(file).hasContent(TEXT + "# by hand\n");
    assertThat(edited().hash()).isNotEqualTo(edited.hash());
  }

  @Test
  void write_afterACrashBeforeTheRename_replacesTheRest() throws IOException {
    Files.writeString(folder.resolve("shop.yml.new"), "half of a");

    assertThat(edited().text()).isEqualTo(TEXT);
    assertThat(edited().write("probes: []\n")).isTrue();
    assertThat(folder.toFile().list()).containsExactly("shop.yml");
  }

  @Test
  void write_folderThatIsGone_failsAndSaysSo() throws IOException {
    EditedFile edited = edited();
    Files.delete(file);
    Files.delete(folder);

    assertThatThrownBy(() -> new EditedFile(edited.file(), "").write("probes: []\n"))
        .isInstanceOf(IOException.class);
    Files.createDirectory(folder);
  }

  @Test
  void write_symbolicLink_changesTheFileThatItNames() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link.yml"), file);

    assertThat(EditedFile.read(link).write("probes: []\n")).isTrue();

    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(file).hasContent("probes: []");
  }

  @Test
  void withTargets_jsonFile_getsAGroupAtItsEnd() {
    var some = new EditedFile(file, "[\n  {\"targets\": [\"a:1\"]}\n]\n");

    assertThat(some.withTargets("{\"targets\": [\"b:1\"]}"))
        .contains("[\n  {\"targets\": [\"a:1\"]},\n  {\"targets\": [\"b:1\"]}\n]\n");
    assertThat(new EditedFile(file, "[]").withTargets("{}")).contains("[\n  {}\n]");
    assertThat(new EditedFile(file, "").withTargets("{}")).contains("[\n  {}\n]\n");
    assertThat(new EditedFile(file, "{\"a\": [1]}").withTargets("{}")).isEmpty();
  }

  @Test
  void edits_atRandom_keepTheFileValidAndTheOthersUntouched() throws IOException {
    var random = new Random(7);
    var names = new ArrayList<>(List.of("one", "two"));
    String text = TEXT;
    for (int i = 0; i < 200; i++) {
      var edited = new EditedFile(file, text);
      Optional<String> after;
      String changed;
      int kind = random.nextInt(3);
      if (kind == 0) {
        changed = "n" + i;
        names.add(changed);
        after = edited.withProbe("# note %d\n- name: %s\n  icmp: {host: h}".formatted(i, changed));
      } else if (kind == 1 && names.size() > 1) {
        changed = names.remove(random.nextInt(names.size()));
        after = edited.withoutProbe(changed);
      } else {
        changed = names.get(random.nextInt(names.size()));
        after = edited.withProbe(changed, "- name: %s\n  icmp: {host: x%d}".formatted(changed, i));
      }
      text = after.orElseThrow();
      assertThat(ProbeFile.parse("shop.yml", text, folder))
          .extracting(ProbeConfig::name)
          .containsExactlyInAnyOrderElementsOf(names);
      assertThat(text).contains("# Probes of the shop.", "# The end.");
      for (String name : names) {
        if (!name.equals(changed)) {
          assertThat(text).contains(edited.probe(name).orElseThrow().indent(2).stripTrailing());
        }
      }
    }
  }
}
