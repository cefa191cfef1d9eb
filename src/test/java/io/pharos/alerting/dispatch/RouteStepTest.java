package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.alert.Alert;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The routing tree as people see it, and the way of an alert through it.
class RouteStepTest {
  private static final String TREE =
      """
      route:
        receiver: a
        group_by: [alertname]
        routes:
        - {receiver: b, matchers: [x="1"], continue: true}
        - {receiver: c, matchers: [x="1"], routes: [{receiver: a, matchers: [y="2"]}]}
        - {receiver: b, matchers: [x=~"1|2"], mute_time_intervals: [always]}
      receivers: [{name: a, webhook_configs: [{url: 'http://x/'}]}, {name: b}, {name: c}]
      time_intervals: [{name: always, time_intervals: [{}]}]
      """;

  private static Alert alert(NotifierRig rig, String... labels) {
    return new Alert(Labels.of(labels), Labels.empty(), rig.time.instant(), null, "");
  }

  @Test
  void outcomes_nameTheMatcherThatFailsAndWhatIsNotTried() {
    var rig = new NotifierRig(TREE);
    RouteStep root = rig.dispatcher.outlook(Labels.of("x", "1")).path();
    assertThat(root.outcome()).isEqualTo(RouteStep.Outcome.PASSED);
    assertThat(root.children())
        .extracting(RouteStep::outcome)
        .containsExactly(
            RouteStep.Outcome.GROUPED, RouteStep.Outcome.GROUPED, RouteStep.Outcome.NOT_TRIED);
    assertThat(root.children().get(1).children().getFirst().mismatch()).hasToString("y=\"2\"");
    assertThat(rig.dispatcher.outlook(Labels.of("x", "3")).path().outcome())
        .isEqualTo(RouteStep.Outcome.GROUPED);
  }

  @Test
  void way_throughRandomTrees_endsWhereTheRouterPutsTheAlert() {
    var random = new Random(24);
    for (int i = 0; i < 300; i++) {
      var rig =
          new NotifierRig(
              "route:\n  receiver: a\n" + routes(random, 3, "  ") + "receivers: [{name: a}]\n");
      for (int j = 0; j < 10; j++) {
        var labels = Labels.of("x", "" + random.nextInt(3), "y", "" + random.nextInt(3));
        AlertOverview.Outlook outlook = rig.dispatcher.outlook(labels);
        assertThat(
                outlook
                    .path()
                    .all()
                    .filter(step -> step.outcome() == RouteStep.Outcome.GROUPED)
                    .map(step -> step.node().key()))
            .containsExactlyElementsOf(
                outlook.routes().stream().map(AlertOverview.Routed::routeKey).toList());
      }
    }
  }

  private static String routes(Random random, int depth, String indent) {
    int number = depth == 0 ? 0 : random.nextInt(4);
    if (number == 0) {
      return "";
    }
    var text = new StringBuilder(indent + "routes:\n");
    for (int i = 0; i < number; i++) {
      text.append(
          "%s- matchers: ['%s%s\"%d\"']\n%s  continue: %s\n"
              .formatted(
                  indent,
                  random.nextBoolean() ? "x" : "y",
                  List.of("=", "!=", "=~").get(random.nextInt(3)),
                  random.nextInt(3),
                  indent,
                  random.nextBoolean()));
      text.append(routes(random, depth - 1, indent + "  "));
    }
    return text.toString();
  }

  @Test
  void counts_areOfUnresolvedAlerts_throughTheTree() {
    var rig = new NotifierRig(TREE);
    var alerts = new ArrayList<Alert>();
    IntStream.range(0, 3)
        .forEach(i -> alerts.add(alert(rig, "alertname", "A", "x", "1", "i", "" + i)));
    alerts.add(alert(rig, "alertname", "B", "x", "1"));
    alerts.add(alert(rig, "alertname", "B"));
    rig.dispatcher.accept(alerts);
    RouteNode root = rig.dispatcher.outlook(Labels.empty()).path().node();
    assertThat(root.alerts()).isEqualTo(1);
    assertThat(root.allAlerts()).isEqualTo(9);
    assertThat(root.allGroups()).isEqualTo(5);
    assertThat(root.children()).extracting(RouteNode::alerts).containsExactly(4, 4, 0);
    assertThat(root.children().getFirst().groups())
        .containsEntry(Labels.of("alertname", "A"), 3)
        .containsEntry(Labels.of("alertname", "B"), 1);
    assertThat(root.children().getLast().mutedBy()).containsExactly("always");
    rig.time.advance(Duration.ofHours(1));
    assertThat(rig.dispatcher.outlook(Labels.empty()).path().node().allAlerts()).isZero();
  }
}
