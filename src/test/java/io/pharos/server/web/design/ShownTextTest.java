package io.pharos.server.web.design;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.qute.Engine;
import io.quarkus.qute.RawString;
import io.quarkus.qute.ReflectionValueResolver;
import io.quarkus.qute.Variant;
import org.junit.jupiter.api.Test;

class ShownTextTest {
  private final Engine engine =
      Engine.builder()
          .addDefaults()
          .addValueResolver(new ReflectionValueResolver())
          .addResultMapper(new ShownText())
          .build();

  private String shown(Object value) {
    return engine
        .parse("{value}", Variant.forContentType(Variant.TEXT_HTML))
        .data("value", value)
        .render();
  }

  @Test
  void textOfAnExpression_isEscapedAndHasNoControls() {
    assertThat(shown("<b title='x'>\u202egpj\u0007&</b>"))
        .isEqualTo("&lt;b title=&#39;x&#39;&gt;\uFFFDgpj\uFFFD&amp;&lt;/b&gt;");
  }

  @Test
  void exactText_isOnlyEscaped() {
    assertThat(new ShownText().appliesTo(null, ShownText.exact("x"))).isFalse();
    assertThat(ShownText.exact("\u202e\"")).hasToString("\u202e\"");
  }

  @Test
  void rawText_isNotChanged() {
    assertThat(shown(new RawString("<b>\u202e</b>"))).isEqualTo("<b>\u202e</b>");
  }
}
