package io.pharos.config.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.files.OutsideFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YamlMapTest {
  private static YamlMap parse(String... lines) {
    return YamlFile.parse("f.yml", String.join("\n", lines));
  }

  private static void refused(Consumer<YamlMap> reading, String message, String... lines) {
    assertThatThrownBy(() -> reading.accept(parse(lines)))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }

  @Test
  void fileCutOffInAnEscape_isRefused() {
    for (String escape : List.of("\\x", "\\u", "\\U")) {
      refused(_ -> {}, "f.yml: not valid YAML: the text ends inside an escape", "a: \"b" + escape);
    }
  }

  @Test
  void parsed_parserThatNeedsTooMuch_isAProblemOfTheFile(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("deep.yml"), "a: 1");
    for (Error error : List.of(new StackOverflowError(), new OutOfMemoryError())) {
      assertThatThrownBy(
              () ->
                  YamlFile.parsed(
                      file,
                      _ -> {
                        throw error;
                      }))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(file + ": can't be parsed: its 4 characters need more ")
          .hasMessageContaining("the maximum size of a file is " + OutsideFiles.MAX_BYTES);
    }
  }

  @Test
  void scalars_areReadAsWhatIsExpected() {
    YamlMap map =
        parse("s: on", "b: yes", "i: 1_000", "d: 1.5", "t: 1m30s", "l: [a, 2]", "m: {x: 1}", "n:");
    assertThat(map.string("s", "")).isEqualTo("on");
    assertThat(map.bool("b", false)).isTrue();
    assertThat(map.integer("i", 0)).isEqualTo(1000);
    assertThat(map.require("d").asDouble()).isEqualTo(1.5);
    assertThat(map.duration("t", Duration.ZERO)).isEqualTo(Duration.ofSeconds(90));
    assertThat(map.strings("l")).containsExactly("a", "2");
    assertThat(map.stringMap("m")).isEqualTo(Map.of("x", "1"));
    assertThat(map.has("n")).isFalse();
    assertThat(map.string("n", "default")).isEqualTo("default");
    map.finish();
  }

  @Test
  void unknownKey_isRefusedWithLineAndTheKnownOnes() {
    refused(
        map -> {
          map.string("receiver", "");
          map.finish();
        },
        "f.yml:2: unknown key \"reciever\": did you mean \"receiver\"?",
        "receiver: a",
        "reciever: b");
  }

  @Test
  void unknownKey_deepInside_saysWhere() {
    refused(
        map -> map.require("route").asMap().list("routes", YamlValue::asMap).getFirst().finish(),
        "f.yml:3: route.routes[0]: unknown key \"x\", expected none",
        "route:",
        "  routes:",
        "    - x: 1");
  }

  @Test
  void wrongType_isRefusedWithPlaceValueAndExpectation() {
    refused(
        map -> map.duration("a", Duration.ZERO),
        "f.yml:1:4: a: expected a duration such as 30s or 1h30m, found \"soon\" (not a valid duration"
            + " string: \"soon\", expected for example 1h30m or 15s)",
        "a: soon");
    refused(
        map -> map.integer("a", 0), "f.yml:1:4: a: expected a whole number, found \"x\"", "a: x");
    refused(
        map -> map.bool("a", true), "f.yml:1:4: a: expected true or false, found \"x\"", "a: x");
    refused(map -> map.strings("a"), "f.yml:1:4: a: expected a list, found \"x\"", "a: x");
    refused(map -> map.stringMap("a"), "f.yml:1:4: a: expected a mapping, found a list", "a: [x]");
    refused(
        map -> map.string("a", ""), "f.yml:1:4: a: expected a string, found a mapping", "a: {}");
  }

  @Test
  void missingKey_isRefusedByName() {
    refused(map -> map.require("b"), "f.yml:1:1: the key \"b\" is missing", "a: 1");
    refused(map -> map.require("b"), "f.yml:2: the key \"b\" has no value", "a: 1\nb:");
    refused(
        map -> map.require("env"),
        "f.yml:2: unknown key \"ev\": did you mean \"env\"?",
        "a: 1\nev: 2");
  }

  @Test
  void unsupportedKey_isRefusedWithTheReason() {
    refused(
        map -> map.unsupported("sns", "use a webhook"),
        "f.yml:1: sns is not supported: use a webhook",
        "sns: 1");
    parse("a: 1").unsupported("sns", "use a webhook");
  }

  @Test
  void duplicateKey_isRefused() {
    assertThatThrownBy(() -> parse("a: 1", "a: 2"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a");
  }

  @Test
  void brokenYaml_saysWhere() {
    assertThatThrownBy(() -> parse("a: [1,", "b: 2"))
        .isInstanceOf(ConfigException.class)
        .hasMessageMatching("(?s)f.yml:\\d+:\\d+: not valid YAML.*");
  }

  @Test
  void json_isYamlToo() {
    assertThat(YamlFile.parse("f.json", "{\"a\": {\"b\": [1]}}").keys()).containsExactly("a");
    assertThat(YamlFile.parseValue("f.json", "[{\"targets\": []}]").orElseThrow().asList())
        .hasSize(1);
  }

  @Test
  void emptyText_isAnEmptyMap() {
    assertThat(parse("# nothing").keys()).isEmpty();
    assertThat(YamlFile.parseValue("f", "")).isEmpty();
  }

  @Test
  void read_fileThatIsNotThere_saysSo(@TempDir Path folder) throws Exception {
    assertThatThrownBy(() -> YamlFile.read(folder.resolve("none.yml")))
        .hasMessageContaining("none.yml: can't be read");
    Path file = Files.writeString(folder.resolve("a.yml"), "a: 1");
    assertThat(YamlFile.read(file).string("a", "")).isEqualTo("1");
  }
}
