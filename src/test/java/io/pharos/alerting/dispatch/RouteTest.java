package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouteTest {
  private static Route route(String yaml) {
    return Route.of(
        NotifierRig.config("receivers: [{name: a}, {name: b}, {name: c}]\n" + yaml).route());
  }

  private static List<String> receivers(Route root, String... labels) {
    return root.match(Labels.of(labels)).stream().map(Route::receiver).toList();
  }

  @Test
  void match_deepestWins_andStopsSiblingsUnlessContinued() {
    Route root =
        route(
            """
            route:
              receiver: a
              routes:
              - {receiver: b, matchers: [x="1"], continue: true}
              - {receiver: c, matchers: [x="1"], routes: [{receiver: a, matchers: [y="2"]}]}
              - {receiver: b, matchers: [x="1"]}
            """);
    assertThat(receivers(root, "x", "0")).containsExactly("a");
    assertThat(receivers(root, "x", "1")).containsExactly("b", "c");
    assertThat(receivers(root, "x", "1", "y", "2")).containsExactly("b", "a");
  }

  @Test
  void inheritance_takesReceiverGroupingAndTimers_notIntervals() {
    Route root =
        route(
            """
            route:
              receiver: a
              group_by: [job]
              group_wait: 1s
              routes:
              - matchers: [x="1"]
                group_interval: 7s
                mute_time_intervals: [t]
                routes:
                - {matchers: [y="1"], group_by: ['...'], routes: [{matchers: [z="1"]}, {matchers: [z="2"], group_by: []}]}
            time_intervals: [{name: t, time_intervals: [{}]}]
            """);
    Route middle = root.match(Labels.of("x", "1")).getFirst();
    assertThat(middle.receiver()).isEqualTo("a");
    assertThat(middle.groupWait()).isEqualTo(Duration.ofSeconds(1));
    assertThat(middle.groupInterval()).isEqualTo(Duration.ofSeconds(7));
    assertThat(middle.repeatInterval()).isEqualTo(Duration.ofHours(4));
    assertThat(middle.muteIntervals()).containsExactly("t");
    assertThat(middle.groupLabels(Labels.of("job", "j", "x", "1")))
        .isEqualTo(Labels.of("job", "j"));
    assertThat(middle.groupLabels(Labels.of("x", "1"))).isEqualTo(Labels.empty());
    Labels deep = Labels.of("x", "1", "y", "1", "z", "1");
    Route leaf = root.match(deep).getFirst();
    assertThat(leaf.muteIntervals()).isEmpty();
    assertThat(leaf.activeIntervals()).isEmpty();
    assertThat(leaf.groupLabels(deep)).isEqualTo(deep);
    assertThat(leaf.key()).isEqualTo("{}/{x=\"1\"}/{y=\"1\"}/{z=\"1\"}");
    assertThat(leaf.groupKey(Labels.of("a", "b", "c", "d\"")))
        .isEqualTo("{}/{x=\"1\"}/{y=\"1\"}/{z=\"1\"}:{a=\"b\", c=\"d\\\"\"}");
    Labels none = Labels.of("x", "1", "y", "1", "z", "2");
    assertThat(root.match(none).getFirst().groupLabels(none)).isEqualTo(none);
  }
}
