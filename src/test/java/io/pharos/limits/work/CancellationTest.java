package io.pharos.limits.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.limits.work.CancelledException.Reason;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CancellationTest {
  private final AtomicLong now = new AtomicLong();

  @Test
  void current_outsideWork_isNever() {
    assertThat(Cancellation.current()).isSameAs(Cancellation.NEVER);
    Cancellation.NEVER.cancel();
    assertThat(Cancellation.NEVER.reason()).isEmpty();
  }

  @Test
  void current_insideWork_isThatOfTheInnermost() {
    var outer = new Cancellation();
    var inner = outer.until(10, now::get);
    Cancellation seen = outer.call(() -> inner.call(Cancellation::current));
    assertThat(seen).isSameAs(inner);
  }

  @Test
  void deadline_passed_isLate() {
    var cancellation = Cancellation.NEVER.until(10, now::get);
    now.set(10);
    assertThat(cancellation.reason()).isEmpty();
    now.set(11);
    assertThatThrownBy(cancellation::check)
        .isInstanceOfSatisfying(
            CancelledException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LATE));
  }

  @Test
  void inner_endsWithTheOuter() {
    var outer = new Cancellation();
    var inner = outer.until(10, now::get);
    outer.cancel();
    assertThat(inner.reason()).contains(Reason.GONE);
  }

  @Test
  void listeners_runOnce_alsoOfInnerOnesAndWhenTheyComeLate() {
    var outer = new Cancellation();
    var runs = new AtomicInteger();
    outer.until(10, now::get).whenCancelled(runs::incrementAndGet);
    outer.cancel();
    outer.cancel();
    assertThat(runs).hasValue(1);
    outer.whenCancelled(runs::incrementAndGet);
    assertThat(runs).hasValue(2);
  }
}
