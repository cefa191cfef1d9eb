package io.pharos.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.Labels;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleTemplateTest {
  private static final RuleTemplate.Data DATA =
      new RuleTemplate.Data(
          Labels.of("__name__", "up", "instance", "db-1:9100", "job", "node"),
          Labels.of("cluster", "eu"),
          "https://pharos.example.org/p",
          1234567.0);

  private static final RuleTemplate.Context CONTEXT =
      new RuleTemplate.Context(
          expression -> {
            if (expression.equals("bad")) {
              throw new IllegalArgumentException("1:1: unexpected bad");
            }
            return expression.equals("none")
                ? List.of()
                : List.of(
                    new RuleTemplate.Sample(Labels.of("instance", "b", "__value__", "text"), 2.5),
                    new RuleTemplate.Sample(Labels.of("instance", "a"), 1));
          },
          Instant.ofEpochSecond(1_435_065_584, 128_000_000),
          URI.create("https://pharos.example.org/p"));

  private static String expand(String text) {
    return RuleTemplate.parse("__alert_Test", text).expand(DATA, CONTEXT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '^',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "plain text => plain text",
        "{{ $labels.instance }} {{ $value }} => db-1:9100 1.234567e+06",
        "{{ $labels.missing }}. => .",
        "{{ $labels.__name__ }} {{ $externalLabels.cluster }} {{ $externalURL }} => up eu https://pharos.example.org/p",
        "{{ .Labels.job }} {{ .Value | humanize }} => node 1.235M",
        "{{ with query \"x\" }}{{ . | first | value }}{{ end }} => 2.5",
        "{{ range query \"x\" | sortByLabel \"instance\" }}{{ .Labels.instance }}={{ .Value }};{{ end }} => a=1;b=2.5;",
        "{{ query \"x\" | first | label \"instance\" }} {{ query \"x\" | first | strvalue }} => b text",
        "{{ range query \"none\" }}x{{ else }}empty{{ end }} => empty",
        "{{ humanize 0.0 }} {{ humanize 1.0 }} {{ humanize 0.0012 }} {{ humanize -1234.0 }} {{ humanize \"1e9\" }} => 0 1 1.2m -1.234k 1G",
        "{{ humanize1024 1048576.0 }} {{ humanize1024 1.0 }} {{ humanize1024 2048.0 }} => 1Mi 1 2ki",
        "{{ humanizePercentage 0.1234567 }} {{ humanizePercentage -0.5 }} => 12.35% -50%",
        "{{ humanizeDuration 899.99 }} {{ humanizeDuration 86400.0 }} {{ humanizeDuration .1 }} => 14m 59s 1d 0h 0m 0s 100ms",
        "{{ humanizeTimestamp 1435065584.128 }} => 2015-06-23 13:19:44.128 +0000 UTC",
        "{{ (toTime 1435065584.0).Format \"15:04\" }} {{ toDuration 90 }} => 13:19 1m30s",
        "{{ now }} {{ parseDuration \"1h30m\" }} => 1.435065584128e+09 5400",
        "{{ stripPort \"db-1:9100\" }} {{ stripPort \"[::1]:9\" }} {{ stripPort \"x\" }} => db-1 ::1 x",
        "{{ stripDomain \"a.b.c:80\" }} {{ stripDomain \"1.2.3.4:80\" }} {{ stripDomain \"a.b\" }} => a:80 1.2.3.4:80 a",
        "{{ title \"aa bB\" }} {{ toUpper \"a\" }} {{ toLower \"B\" }} {{ match \"a+\" \"caa\" }} => Aa BB A b true",
        "{{ graphLink \"up == 1\" }} {{ tableLink \"up\" }} => /graph?g0.expr=up+%3D%3D+1&g0.tab=0 /graph?g0.expr=up&g0.tab=1",
        "{{ pathPrefix }} {{ externalURL }} {{ urlQueryEscape \"a b\" }} => /p https://pharos.example.org/p a+b",
        "{{ reReplaceAll \"-.*\" \"\" $labels.instance }} {{ safeHtml \"<b>\" }} => db <b>",
        "{{ define \"t\" }}{{ .arg0 }}/{{ .arg1 }}{{ end }}{{ template \"t\" (args 1 \"x\") }} => 1/x",
        "{{ if gt $value 1e6 }}big{{ end }} {{ printf \"%.1f\" $value }} => big 1234567.0",
      })
  void expand_withFunctionsOfRules_givesPrometheusText(String template, String expected) {
    assertThat(expand(template)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '^',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "{{ query \"bad\" }} => template: __alert_Test:1:4: executing \"__alert_Test\" at <query>: error calling query: 1:1: unexpected bad",
        "{{ query \"none\" | first }} => template: __alert_Test:1:19: executing \"__alert_Test\" at <first>: error calling first: first() called on vector with no elements",
        "{{ $labels.a.b }} => template: __alert_Test:1:4: executing \"__alert_Test\" at <$labels.a.b>: can't evaluate field b in type string",
        "{{ humanize \"x\" }} => template: __alert_Test:1:4: executing \"__alert_Test\" at <humanize>: error calling humanize: parsing \"x\": expected a number",
        "{{ gt $value 1 }} => template: __alert_Test:1:4: executing \"__alert_Test\" at <gt>: error calling gt: incompatible types for comparison",
      })
  void expand_thatFails_saysWhere(String template, String expected) {
    assertThatThrownBy(() -> expand(template))
        .isInstanceOf(TemplateException.class)
        .hasMessage(expected);
  }

  @Test
  void parse_badText_saysLineAndColumn() {
    assertThatThrownBy(() -> RuleTemplate.parse("summary", "ok\n  {{ $nope }}"))
        .isInstanceOf(TemplateException.class)
        .hasMessage("template: summary:2:6: undefined variable \"$nope\"");
    assertThatThrownBy(() -> RuleTemplate.parse("summary", "{{ tmpl \"x\" }}"))
        .hasMessage("template: summary:1:4: function \"tmpl\" not defined");
  }

  @Test
  void expand_hostileTemplate_isStopped() {
    assertThatThrownBy(() -> expand("{{ range 2000000000 }}{{ end }}"))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("stopped after 200000 steps");
    assertThatThrownBy(
            () -> expand("{{ $x := \"aaaaaaaaaa\" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}"))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("longer than");
    assertThatThrownBy(
            () -> expand("{{ define \"r\" }}{{ template \"r\" }}{{ end }}{{ template \"r\" }}"))
        .hasMessageContaining("more than 50 levels deep");
    assertThatThrownBy(
            () -> expand("{{ printf \"%999999d%999999d%999999d%999999d%999999d\" 1 1 1 1 1 }}"))
        .hasMessageContaining("longer than");
    assertThatThrownBy(
            () -> RuleTemplate.parse("x", "{{" + "(".repeat(5000) + "1" + ")".repeat(5000) + "}}"))
        .hasMessageContaining("nested more than 100 levels deep");
  }
}
