package io.pharos.alerting.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SendQuotaTest {
  private final VirtualTime time = new VirtualTime();

  @Test
  void take_overTheQuota_saysHowLongToWait() {
    var quota = new RateLimiter.SendQuota(2, Duration.ofMinutes(1), time);
    assertThat(quota.use()).isEmpty();
    time.advance(Duration.ofSeconds(10));
    assertThat(quota.use()).isEmpty();
    assertThat(quota.use()).contains(Duration.ofSeconds(50));
    time.advance(Duration.ofSeconds(50));
    assertThat(quota.use()).isEmpty();
    assertThat(quota.use()).contains(Duration.ofSeconds(10));
  }

  @Test
  void quotaOfNothing_isRefused() {
    assertThatThrownBy(() -> new RateLimiter.SendQuota(0, Duration.ofMinutes(1), time))
        .hasMessageContaining("expected at least 1");
  }
}
