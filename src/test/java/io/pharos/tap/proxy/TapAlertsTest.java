package io.pharos.tap.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.faults.FaultRun;
import io.pharos.tap.proxy.TapStack.Script;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The alerts on the tap, raised by a tap whose backend is not what it should be.
@Timeout(60)
class TapAlertsTest {
  private static final String TAP = "127.0.0.1:9181";
  private static final int ROUNDS = 12;

  private static Script answering(String body) {
    return wire -> {
      for (String head = wire.head(); !head.isEmpty(); head = wire.head()) {
        wire.json(body);
      }
    };
  }

  /// What fires when people ask through the tap for half an hour.
  private static Set<String> fired(TapStack stack, String path) throws Exception {
    var fired = new TreeSet<String>();
    try (var run =
        new FaultRun(List.of(new FaultRun.Target("remotegpu-tap", TAP, "host: h1")), "tap")) {
      run.show(Map.of(TAP, stack.metrics()));
      run.pass(Duration.ofMinutes(5));
      for (int round = 1; round <= ROUNDS; round++) {
        for (int i = 0; i < 20; i++) {
          var _ = stack.get(path);
        }
        run.show(Map.of(TAP, awaited(stack, 20 * round)));
        run.pass(Duration.ofMinutes(2).plusSeconds(30));
        fired.addAll(run.firing());
      }
    }
    return fired;
  }

  /* What was answered may be counted a moment later. */
  private static String awaited(TapStack stack, int requests) throws Exception {
    String page;
    do {
      page = stack.metrics();
    } while (page.lines()
            .filter(line -> line.startsWith("pharos_tap_requests_total{"))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
            .sum()
        < requests);
    return page;
  }

  @Test
  void backend_thatAnswersInEnvelopes_raisesNothing() throws Exception {
    try (var stack = new TapStack(answering("{\"code\":0,\"msg\":\"success\",\"data\":null}"))) {
      assertThat(fired(stack, "/api/v1/machines/17")).isEmpty();
    }
  }

  @Test
  void backend_thatIsGone_isTold() throws Exception {
    try (var stack = new TapStack(answering("{\"code\":0}"))) {
      stack.stopBackend();
      assertThat(fired(stack, "/api/v1/machines/17")).contains("TapUpstreamErrors");
    }
  }

  @Test
  void backend_withoutEnvelopes_isTold() throws Exception {
    try (var stack = new TapStack(answering("[1, 2, 3]"))) {
      assertThat(fired(stack, "/api/v1/machines/17")).containsExactly("TapBlind");
    }
  }

  @Test
  void tap_whoseOwnLogicFails_isTold() throws Exception {
    try (var stack = new TapStack(answering("{\"code\":0,\"msg\":\"success\",\"data\":null}"))) {
      stack.routes.set(
          () -> {
            throw new IllegalStateException("broken");
          });
      assertThat(fired(stack, "/api/v1/machines/17")).contains("TapPassesThrough");
    }
  }
}
