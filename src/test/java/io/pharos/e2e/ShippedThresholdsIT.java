package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The shipped rules with their shipped times: errors and slow responses of the demo backend are
/// reported within three minutes. Two stacks run side by side, each with one fault.
class ShippedThresholdsIT {
  private static final Duration LONG = Duration.ofMinutes(3);

  @Test
  void errorsAndSlowness_fireWithinThreeMinutes() throws Exception {
    Path folder = Path.of("target", "e2e", "thresholds-" + ProcessHandle.current().pid());
    try (var errors = new FaultStack(folder.resolve("errors"));
        var slowness = new FaultStack(folder.resolve("slowness"))) {
      errors.raise("errors");
      slowness.raise("latency");
      Duration after =
          errors
              .pharos()
              .await(
                  "the messages of both",
                  LONG,
                  () -> errors.messages() > 0 && slowness.messages() > 0);
      System.out.println("e2e: both messages after " + after.toSeconds() + " s");
      check(errors, "firing HighErrorRate");
      check(slowness, "firing HighLatencyP95");
      errors.raise("gpu-xid");
      errors
          .pharos()
          .await(
              "the count of XID errors",
              LONG,
              () -> !errors.pharos().query("DCGM_EXP_XID_ERRORS_COUNT > 0").isEmpty());
    }
  }

  private static void check(FaultStack stack, String alert) throws Exception {
    assertThat(stack.told(0)).containsExactly(List.of(alert));
    stack
        .pharos()
        .await(
            "the mail and the Slack message", LONG, () -> stack.mails() == 1 && stack.posts() == 1);
  }
}
