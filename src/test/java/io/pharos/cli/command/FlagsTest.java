package io.pharos.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.cli.command.Flags.Flag;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlagsTest {
  private static final List<Flag> KNOWN =
      List.of(
          new Flag("web.listen-address", "127.0.0.1:9095", "where"),
          new Flag("wait", "15m", "how long"),
          new Flag("count", "3", "how many"),
          new Flag("dry-run", "false", "only say"));

  private static Flags parse(String... words) {
    return Flags.parse(KNOWN, List.of(words), Map.of());
  }

  @Test
  void parse_nothing_givesDefaults() {
    Flags flags = parse();
    assertThat(flags.get("web.listen-address")).isEqualTo("127.0.0.1:9095");
    assertThat(flags.duration("wait")).isEqualTo(Duration.ofMinutes(15));
    assertThat(flags.integer("count")).isEqualTo(3);
    assertThat(flags.isOn("dry-run")).isFalse();
  }

  @Test
  void parse_bothSpellingsAndASwitch_areTaken() {
    Flags flags = parse("--wait=30s", "--count", "7", "--dry-run", "word");
    assertThat(flags.duration("wait")).isEqualTo(Duration.ofSeconds(30));
    assertThat(flags.integer("count")).isEqualTo(7);
    assertThat(flags.isOn("dry-run")).isTrue();
    assertThat(flags.arguments()).containsExactly("word");
  }

  @Test
  void parse_wordsThatAreNoFlags_areArguments() {
    Flags flags = parse("-x", "--count=1", "--", "--wait", "--count", "@file", "--count=é=");
    assertThat(flags.arguments()).containsExactly("-x", "--", "@file");
    assertThat(flags.get("wait")).isEqualTo("--count");
    assertThat(flags.get("count")).isEqualTo("é=");
  }

  @Test
  void parse_environment_winsOverDefaultAndLosesToFlag() {
    var environment = Map.of("PHAROS_WEB_LISTEN_ADDRESS", ":1", "PHAROS_COUNT", "1");
    Flags flags = Flags.parse(KNOWN, List.of("--count=2"), environment);
    assertThat(flags.get("web.listen-address")).isEqualTo(":1");
    assertThat(flags.integer("count")).isEqualTo(2);
  }

  @Test
  void parse_unknownFlag_isRefusedWithTheNearestOnes() {
    assertThatThrownBy(() -> parse("--wiat=1"))
        .isInstanceOf(UsageException.class)
        .hasMessage("unknown flag --wiat: did you mean --wait?");
    assertThatThrownBy(() -> parse("--listen")).hasMessageEndingWith("mean --web.listen-address?");
    assertThatThrownBy(() -> parse("--frobnicate")).hasMessage("unknown flag --frobnicate");
  }

  @Test
  void parse_missingValue_isRefused() {
    assertThatThrownBy(() -> parse("--count")).hasMessage("--count needs a value: how many");
  }

  @Test
  void values_ofTheWrongKind_areRefusedWithWhatWasExpected() {
    Flags flags = parse("--wait=soon", "--count=few", "--dry-run=perhaps");
    assertThatThrownBy(() -> flags.duration("wait"))
        .hasMessage("--wait: expected a duration such as 30s or 15d, found \"soon\"");
    assertThatThrownBy(() -> flags.integer("count")).hasMessageContaining("a whole number");
    assertThatThrownBy(() -> flags.isOn("dry-run")).hasMessageContaining("true or false");
  }

  @Test
  void refuseArguments_word_isNamed() {
    parse("--count=1").refuseArguments();
    assertThatThrownBy(() -> parse("--count=1", "word").refuseArguments())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("'word'");
  }
}
