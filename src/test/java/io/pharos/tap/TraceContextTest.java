package io.pharos.tap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";
  private final SplittableRandom random = new SplittableRandom(7);

  @ParameterizedTest
  @CsvSource({
    "00-" + TRACE + "-" + SPAN + "-01,01",
    "00-" + TRACE + "-" + SPAN + "-00,00",
    "00-" + TRACE + "-" + SPAN + "-03,01",
    "01-" + TRACE + "-" + SPAN + "-01-what-will-be,01",
  })
  void of_aValidParent_isContinued_withASpanOfItsOwn(String parent, String flags) {
    TraceContext context = TraceContext.of(List.of(parent), random);
    assertThat(context.continued()).isTrue();
    assertThat(context.traceId()).isEqualTo(TRACE);
    assertThat(context.spanId()).matches("[0-9a-f]{16}").isNotEqualTo(SPAN);
    assertThat(context.header()).isEqualTo("00-" + TRACE + "-" + context.spanId() + "-" + flags);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "ff-" + TRACE + "-" + SPAN + "-01",
        "00-" + TRACE + "-" + SPAN + "-01-more",
        "00-" + TRACE + "-" + SPAN + "-0g",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01",
        "00-00000000000000000000000000000000-" + SPAN + "-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00_" + TRACE + "-" + SPAN + "-01",
        "01-" + TRACE + "-" + SPAN + "-01x",
      })
  void of_anInvalidParent_isBegunAnew(String parent) {
    TraceContext context = TraceContext.of(List.of(parent), random);
    assertThat(context.continued()).isFalse();
    assertThat(context.header()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    assertThat(context.traceId()).isNotEqualTo(TRACE);
  }

  @Test
  void of_twoParents_isBegunAnew() {
    String parent = "00-" + TRACE + "-" + SPAN + "-01";
    assertThat(TraceContext.of(List.of(parent, parent), random).continued()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "7d1c-4", "a.b_c~d:e+f/g=h@i"})
  void requestId_thatIsSane_stays(String id) {
    assertThat(TraceContext.requestId(id, random)).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\"b", "<script>", "\u00e9", "a,b"})
  void requestId_thatIsNot_isMade(String id) {
    assertThat(TraceContext.requestId(id, random)).matches("[0-9a-f]{32}");
    assertThat(TraceContext.requestId("a".repeat(129), random)).matches("[0-9a-f]{32}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "token=abc|token=***",
        "a=1&token=abc&b=2|a=1&token=***&b=2",
        "access_token=abc|access_token=***",
        "Password=x;c=d|Password=***;c=d",
        "%74oken=abc|%74oken=***",
        "to%6ben=abc|to%6ben=***",
        "%zz=abc|%zz=***",
        "tokens=abc|tokens=abc",
        "token|token",
        "q=token|q=token",
        "token=a=b=c|token=***",
      })
  void redacted_hidesWhatIsSecret(String query, String expected) {
    assertThat(QueryText.redacted(query)).isEqualTo(expected);
  }
}
