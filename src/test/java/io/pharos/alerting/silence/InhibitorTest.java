package io.pharos.alerting.silence;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.config.alertmanager.InhibitRule;
import io.pharos.model.Labels;
import io.pharos.model.MatcherParser;
import java.time.Duration;
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
        List.of(equal),
        Duration.ZERO);
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

  private static InhibitRule outlasting(Duration outlasts) {
    return new InhibitRule(
        "",
        MatcherParser.parseMatchers("s=1"),
        MatcherParser.parseMatchers("s=2"),
        List.of("cluster"),
        outlasts);
  }

  @Test
  void inhibitedBy_ruleThatOutlastsItsSource_mutesToTheSecond() {
    var inhibitor = new Inhibitor(List.of(outlasting(Duration.ofMinutes(35))));
    TrackedAlert source = alert(60, "s", "1", "cluster", "c");
    inhibitor.update(List.of(source), NOW);
    Instant end = NOW.plusSeconds(60);
    assertThat(inhibits(inhibitor, end, "s", "2", "cluster", "c")).isTrue();
    inhibitor.update(List.of(source.withEndsAt(end)), end);
    inhibitor.collectGarbage(end.plusSeconds(35 * 60 - 1));
    assertThat(
            inhibitor.inhibitedBy(
                Labels.of("s", "2", "cluster", "c"), end.plusSeconds(35 * 60 - 1)))
        .contains(source.fingerprint());
    assertThat(inhibits(inhibitor, end.plusSeconds(60), "s", "2", "cluster", "d")).isFalse();
    assertThat(inhibits(inhibitor, end.plusSeconds(60), "s", "3", "cluster", "c")).isFalse();
    assertThat(inhibits(inhibitor, end.plusSeconds(35 * 60), "s", "2", "cluster", "c")).isFalse();
  }

  @Test
  void endedSources_areThoseThatMuteAllTheSame() {
    var inhibitor =
        new Inhibitor(List.of(rule("s=~\"1|4\"", "s=2"), outlasting(Duration.ofMinutes(5))));
    TrackedAlert ended = alert(-60, "s", "1", "n", "a");
    TrackedAlert longAgo = alert(-400, "s", "1", "n", "b");
    TrackedAlert plain = alert(-60, "s", "4");
    TrackedAlert firing = alert(60, "s", "1", "n", "c");
    inhibitor.update(List.of(ended, longAgo, plain, firing), NOW);
    assertThat(inhibitor.endedSources(NOW)).containsExactly(ended.fingerprint());
    assertThat(inhibitor.endedSources(NOW.plusSeconds(240))).containsExactly(firing.fingerprint());
    inhibitor.collectGarbage(NOW.plusSeconds(400));
    assertThat(inhibitor.endedSources(NOW)).isEmpty();
  }

  @Test
  void inhibitedBy_outlastingSourceThatFiresAgain_beginsAnew() {
    var inhibitor = new Inhibitor(List.of(outlasting(Duration.ofMinutes(5))));
    inhibitor.update(List.of(alert(-200, "s", "1")), NOW);
    inhibitor.update(List.of(alert(300, "s", "1")), NOW);
    assertThat(inhibits(inhibitor, NOW.plusSeconds(599), "s", "2")).isTrue();
    assertThat(inhibits(inhibitor, NOW.plusSeconds(600), "s", "2")).isFalse();
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
