package io.pharos.silence;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alert.Fingerprint;
import io.pharos.alert.TrackedAlert;
import io.pharos.alertmanager.InhibitRule;
import io.pharos.alertmanager.MatcherParser;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class InhibitorTest {
  private static final Instant NOW = Instant.parse("2026-03-02T10:00:00Z");

  private static InhibitRule rule(String source, String target, String... equal) {
    return new InhibitRule(
        "",
        MatcherParser.parseMatchers(source),
        MatcherParser.parseMatchers(target),
        List.of(equal));
  }

  private static TrackedAlert alert(long endsIn, String... labels) {
    Labels set = Labels.of(labels);
    return new TrackedAlert(
        set,
        Fingerprint.of(set),
        Labels.empty(),
        NOW.minusSeconds(60),
        NOW.plusSeconds(endsIn),
        NOW,
        false,
        "");
  }

  private static boolean inhibits(Inhibitor inhibitor, Instant now, String... target) {
    return inhibitor.inhibitedBy(Labels.of(target), now).isPresent();
  }

  @Test
  void inhibitedBy_equalLabels_missingIsEmpty() {
    var inhibitor = new Inhibitor(List.of(rule("s=1", "s=2", "cluster", "zone")));
    TrackedAlert source = alert(60, "s", "1", "cluster", "c");
    inhibitor.update(List.of(source), NOW);
    assertThat(inhibitor.inhibitedBy(Labels.of("s", "2", "cluster", "c"), NOW))
        .contains(source.fingerprint());
    assertThat(inhibits(inhibitor, NOW, "s", "2", "cluster", "c", "zone", "z")).isFalse();
    assertThat(inhibits(inhibitor, NOW, "s", "2")).isFalse();
    assertThat(inhibits(inhibitor, NOW, "s", "3", "cluster", "c")).isFalse();
  }

  @Test
  void inhibitedBy_sourceThatRanOut_noLongerMutes() {
    var inhibitor = new Inhibitor(List.of(rule("s=1", "s=2")));
    inhibitor.update(List.of(alert(60, "s", "1")), NOW);
    assertThat(inhibits(inhibitor, NOW.plusSeconds(59), "s", "2")).isTrue();
    assertThat(inhibits(inhibitor, NOW.plusSeconds(60), "s", "2")).isFalse();
  }

  @Test
  void inhibitedBy_severalSources_muteUntilTheLastEnds() {
    var inhibitor = new Inhibitor(List.of(rule("s=1", "s=2")));
    inhibitor.update(List.of(alert(60, "s", "1", "n", "a"), alert(60, "s", "1", "n", "b")), NOW);
    inhibitor.update(List.of(alert(0, "s", "1", "n", "b")), NOW);
    assertThat(inhibits(inhibitor, NOW, "s", "2")).isTrue();
    inhibitor.update(List.of(alert(0, "s", "1", "n", "a"), alert(0, "s", "1", "n", "c")), NOW);
    assertThat(inhibits(inhibitor, NOW, "s", "2")).isFalse();
  }

  @Test
  void inhibitedBy_alertOfBothSides_isMutedByAOneSidedSourceOnly() {
    var inhibitor = new Inhibitor(List.of(rule("s=~\"1|2\"", "s=~\"2|3\"")));
    TrackedAlert both = alert(60, "s", "2", "n", "a");
    inhibitor.update(List.of(both), NOW);
    assertThat(inhibits(inhibitor, NOW, "s", "2", "n", "b")).isFalse();
    assertThat(inhibits(inhibitor, NOW, "s", "3")).isTrue();
    TrackedAlert one = alert(60, "s", "1");
    inhibitor.update(List.of(one), NOW);
    assertThat(inhibitor.inhibitedBy(both.labels(), NOW)).contains(one.fingerprint());
  }

  @Test
  void inhibitedBy_emptyRule_mutesNothing() {
    var inhibitor = new Inhibitor(List.of(rule("{}", "{}")));
    inhibitor.update(List.of(alert(60, "s", "1")), NOW);
    assertThat(inhibits(inhibitor, NOW, "s", "2")).isFalse();
  }

  @Test
  void collectGarbage_keepsWhatFires() {
    var inhibitor = new Inhibitor(List.of(rule("s=1", "s=2", "c")));
    inhibitor.update(List.of(alert(10, "s", "1", "c", "x"), alert(60, "s", "1", "c", "y")), NOW);
    inhibitor.collectGarbage(NOW.plusSeconds(20));
    assertThat(inhibits(inhibitor, NOW, "s", "2", "c", "x")).isFalse();
    assertThat(inhibits(inhibitor, NOW, "s", "2", "c", "y")).isTrue();
  }
}
