package io.pharos.tsdb.index;

import static io.pharos.model.LabelMatcher.equal;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LabelIndexTest {
  private record Entry(Labels labels) implements LabelIndex.Indexed {}

  private final LabelIndex<Entry> index = new LabelIndex<>();
  private final Entry api = new Entry(Labels.of("__name__", "up", "job", "api"));
  private final Entry db = new Entry(Labels.of("__name__", "up", "job", "db"));
  private final Entry bare = new Entry(Labels.of("__name__", "down"));

  @BeforeEach
  void addAll() {
    index.add(api);
    index.add(db);
    index.add(bare);
  }

  @Test
  void removeAll_forgetsSeriesNamesAndValues() {
    index.removeAll(List.of(api, db));
    assertThat(index.size()).isEqualTo(1);
    assertThat(index.select(List.of())).containsExactly(bare);
    assertThat(index.select(List.of(equal("__name__", "up")))).isEmpty();
    assertThat(index.names()).containsExactly("__name__");
    assertThat(index.values("__name__")).containsExactly("down");
    assertThat(index.values("job")).isEmpty();
    index.add(api);
    assertThat(index.select(List.of(equal("job", "api")))).containsExactly(api);
  }

  @Test
  void removeAll_keepsOthersOfTheSameValue() {
    index.removeAll(List.of(db));
    assertThat(index.select(List.of(equal("__name__", "up")))).containsExactly(api);
    assertThat(index.values("job")).containsExactly("api");
  }

  @Test
  void canonical_sharesTheStringsOfTheIndex() {
    var name = new StringBuilder("job").toString();
    var value = new StringBuilder("api").toString();
    Labels labels = index.canonical(Labels.of(name, value, "new", "x"));
    assertThat(labels).isEqualTo(Labels.of("job", "api", "new", "x"));
    assertThat(labels.value(0)).isSameAs(api.labels().get("job"));
    assertThat(index.canonical(Labels.of(name, "other"))).isEqualTo(Labels.of("job", "other"));
  }

  @Test
  void plan_startsWithTheCheapestEquality() {
    LabelMatcher name = equal("__name__", "up");
    LabelMatcher job = equal("job", "api");
    LabelMatcher regex = LabelMatcher.of(LabelMatcher.Type.REGEX, "job", "a.*");
    MatcherPlan plan =
        MatcherPlan.of(List.of(regex, name, job), matcher -> matcher.equals(name) ? 2 : 1);
    assertThat(plan.start()).contains(job);
    assertThat(plan.filters()).containsExactly(regex, name);
  }

  @Test
  void plan_withoutSelectiveMatcher_startsWithAll() {
    LabelMatcher regex = LabelMatcher.of(LabelMatcher.Type.REGEX, "job", "(api)?");
    MatcherPlan plan = MatcherPlan.of(List.of(regex, equal("none", "")), _ -> 0);
    assertThat(plan.start()).isEmpty();
    assertThat(plan.filters()).hasSize(2);
  }
}
