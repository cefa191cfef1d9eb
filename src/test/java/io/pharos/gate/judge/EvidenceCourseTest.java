package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The rates of routes and classes that people see beside a comparison.
class EvidenceCourseTest {
  private static Check.Relative check(String kind) {
    return (Check.Relative)
        GatePolicy.FILES
            .parse(
                "p",
                """
                version: "1"
                service: shop
                env: production
                checks:
                  version: none
                  %s: {total: 't{color="$color"}', route: path}
                """
                    .formatted(kind))
            .find("shop", "production")
            .orElseThrow()
            .checks()
            .getLast();
  }

  private static Reading.Side side(double total, List<Double> bad, Reading.Route... routes) {
    return new Reading.Side(total, bad, 1, 0, 0, 1, List.of(routes));
  }

  @Test
  void comparedRates_areOfEachClassThenOfTheRoutesThatDifferMost() {
    var reading =
        new Reading.Comparison(
            0,
            AnswerClass.BOUNDARIES,
            List.of(),
            side(
                100,
                List.of(12.0, 11.0, 10.0, 0.0),
                new Reading.Route("/a", 50, List.of(1.0, 0.0, 0.0, 0.0)),
                new Reading.Route("/b", 50, List.of(11.0, 11.0, 10.0, 0.0))),
            side(
                200,
                List.of(4.0, 2.0, 2.0, 0.0),
                new Reading.Route("/a", 100, List.of(2.0, 0.0, 0.0, 0.0)),
                new Reading.Route("/b", 100, List.of(2.0, 2.0, 2.0, 0.0))),
            null,
            null);
    Check.Relative check = check("answers_vs_baseline");
    List<EvidenceCourse.ComparedRate> rates = EvidenceCourse.ComparedRate.of(check, reading);
    assertThat(rates)
        .extracting(it -> it.route() + " " + it.what())
        .containsExactly(
            " answered 3xx or worse",
            " answered 4xx or worse",
            " answered 5xx or worse",
            " not answered",
            "/b answered 3xx or worse",
            "/a answered 3xx or worse");
    assertThat(rates.get(4))
        .isEqualTo(new EvidenceCourse.ComparedRate("/b", "answered 3xx or worse", 50, 11, 100, 2));
    assertThat(rates.get(4).isWorse(check.theta0())).isTrue();
    assertThat(rates.get(3).isWorse(check.theta0())).isFalse();
  }

  @Test
  void comparedRates_routeWithoutBaseline_isNoWorse() {
    var reading =
        new Reading.Comparison(
            0,
            List.of(0.5),
            List.of(),
            side(10, List.of(5.0), new Reading.Route("/new", 10, List.of(5.0))),
            side(10, List.of(0.0)),
            null,
            null);
    EvidenceCourse.ComparedRate route =
        EvidenceCourse.ComparedRate.of(check("answers_vs_baseline"), reading).getLast();
    assertThat(route.baselineTotal()).isZero();
    assertThat(route.isWorse(1.25)).isFalse();
  }
}
