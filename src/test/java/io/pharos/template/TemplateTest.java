package io.pharos.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Cases that amtool's table does not cover: newer functions, error positions, limits.
class TemplateTest {
  private static final AlertmanagerFunctions.Context CONTEXT =
      new AlertmanagerFunctions.Context(
          Instant.parse("2026-03-01T12:00:00Z"), Map.of("team", "pay"));

  private static Template parse(String text) {
    return Template.parse("t", text, AlertmanagerFunctions.all(), TemplateSet.empty());
  }

  private static String run(String text) throws IOException {
    return parse(text).execute(AmtoolCasesTest.data(), CONTEXT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '^',
      value = {
        "{{ now.Unix }} {{ now.Format \"15:04:05\" }} => 1772366400 12:00:00",
        "{{ since (index .Alerts 2).StartsAt }} {{ (since (index .Alerts 2).StartsAt).Truncate 3600000000000 }} => 2h0m0s 2h0m0s",
        "{{ toJson (dict \"a\" 1 \"b\" (list 1.5 true \"<x>\")) }} => {\"a\":1,\"b\":[1.5,true,\"\\u003cx\\u003e\"]}",
        "{{ toJson .GroupLabels }} {{ toJson (index .GroupLabels.SortedPairs 0) }} => {\"alertname\":\"HighErrorRate\",\"service\":\"checkout\"} {\"Name\":\"alertname\",\"Value\":\"HighErrorRate\"}",
        "{{ toJson (index .Alerts 2).EndsAt }} {{ toJson nil }} => \"2026-03-01T11:30:45.5Z\" null",
        "{{ base64encode \"hé\" }} {{ base64decode \"aMOp\" }} => aMOp hé",
        "{{ append (list 1 2) 3 | len }} {{ index (append (list) \"x\") 0 }} => 3 x",
        "{{ urlUnescape \"a%20b+c\" }} {{ safeUrl \"x\" }} {{ routeLabels \"team\" }}{{ routeLabels \"none\" }} => a b c x pay",
        "{{ (toDate \"2006-01-02 15:04\" \"2026-03-01 10:42\").Format \"Jan 2 3:04pm\" }} => Mar 1 10:42am",
        "{{ (mustToDate \"Jan _2 2006 03:04:05.000 PM -07:00\" \"Mar  1 2026 10:42:01.5 PM +08:00\").UTC }} => 2026-03-01 14:42:01.5 +0000 UTC",
        "{{ (toDate \"2006-01-02\" \"nonsense\").IsZero }} => true",
        "{{ .NotificationReason }}{{ .RouteLabels.x }}. => .",
        "{{ $t := (index .Alerts 2).StartsAt }}{{ ($t.Add 90000000000).Format \"15:04:05\" }} {{ ($t.AddDate 1 1 1).Format \"2006-01-02\" }} => 10:01:30 2027-04-02",
        "{{ $t := (index .Alerts 2).StartsAt }}{{ $t.Before now }} {{ $t.After now }} {{ $t.Equal $t }} {{ $t.UnixMilli }} {{ $t.UnixNano }} {{ $t.YearDay }} {{ $t.Minute }} {{ $t.Second }} {{ $t.Nanosecond }} => true false true 1772359200000 1772359200000000000 60 0 0 0",
        "{{ $d := now.Sub (index .Alerts 2).EndsAt }}{{ $d.Milliseconds }} {{ $d.Microseconds }} {{ $d.Nanoseconds }} {{ $d.Round 60000000000 }} {{ $d.Abs }} {{ $d.String }} {{ printf \"%d %v\" $d $d }} => 1754500 1754500000 1754500000000 29m0s 29m14.5s 29m14.5s 1754500000000 29m14.5s",
        "{{ humanizeDuration (since (index .Alerts 2).StartsAt) }} => 2h 0m 0s",
        "{{ printf \"%v %+v %T\" (index .GroupLabels.SortedPairs 1) (index .GroupLabels.SortedPairs 1) .GroupLabels }} => {service checkout} {Name:service Value:checkout} template.KV",
        "{{ printf \"%x %X %#x %q %#v %6.3v|\" \"hi\" \"hi\" 255 65 \"s\" 3.14159 }} => 6869 6869 0xff 'A' \"s\"   3.14|",
        "{{ printf \"%x %.3e %+d %08d %-8d| % d %c %U\" 1.5 12345.678 5 -42 42 7 0x4E16 0x4E16 }} => 0x1.8p+00 1.235e+04 +5 -0000042 42      |  7 世 U+4E16",
        "{{ printf \"%t %d %v\" 1 1.5 (list \"a\" 1) }} => %!t(int=1) %!d(float64=1.5) [a 1]",
        "{{ printf \"%[3]d %[1]\" 1 }} {{ printf \"%*d\" \"x\" 1 }} => %!d(BADINDEX) %!(NOVERB) %!(BADWIDTH)1",
        "{{ index (dict \"a\" (list 1 2)) \"a\" 1 }} {{ index .GroupLabels \"nope\" }}. => 2 .",
        "{{ slice (list 1 2 3) 1 | len }} {{ slice \"abc\" }} => 2 abc",
        "{{ with $x := .Status }}{{ $x }}{{ end }}{{ if $y := 1 }}{{ $y }}{{ end }} => firing1",
        "{{ range $i, $c := stringSlice \"a\" \"b\" }}{{ $i }}{{ $c }}{{ else }}none{{ end }} => 0a1b",
        "{{ range $k := .GroupLabels }}{{ $k }} {{ end }} => HighErrorRate checkout",
        "{{ .Alerts | len | printf \"%d/%d\" 1 }} {{ (printf \"%s\" .Status) | toUpper | printf \"%q\" }} => 1/3 \"FIRING\"",
        "{{ eq .Status \"a\" \"firing\" }} {{ eq true false }} {{ ne nil 1 }} {{ le 1.5 1.5 }} {{ ge 2 3 }} => true false true true false",
        "{{ eq (safeHtml \"a\") \"a\" }} {{ lt (now.Sub now) 1 }} {{ not .Alerts }} => true true false",
        "{{- /* a */ -}} x {{- /* b */}} y => x y",
        "{{ '\\n' }} {{ '\\u00e9' }} {{ \"\\101\\x41\\U0001F600\" }} {{ 0x1p4 }} {{ .5 }} {{ +3 }} {{ -1.5e2 }} => 10 233 AA😀 16 0.5 3 -150",
      })
  void execute_givesGosText(String template, String expected) throws IOException {
    assertThat(run(template).strip()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '^',
      value = {
        "{{ => 1:1: unclosed action, expected }}",
        "{{ /* x */ }} => 1:4: unexpected \"/\" in an action",
        "{{/* x => 1:1: unclosed comment",
        "{{/* x */ y}} => 1:10: comment ends before closing delimiter, expected }}",
        "{{ ( 1 }} => 1:8: unclosed left parenthesis",
        "{{ ) }} => 1:4: unexpected right parenthesis",
        "{{ 'ab' }} => 1:4: malformed character constant: 'ab'",
        "{{ \"\\q\" }} => 1:4: invalid escape \\q in \"\\q\"",
        "{{ \"\\xzz\" }} => 1:4: invalid escape in \"\\xzz\"",
        "{{ `abc }} => 1:4: unterminated raw quoted string",
        "{{ 'a }} => 1:4: unterminated character constant",
        "{{ 12x }} => 1:4: bad number syntax: \"12x\"",
        "{{ 1i }} => 1:4: bad number syntax: \"1i\"",
        "{{ . ! }} => 1:6: unexpected \"!\" in an action",
        "{{ $x : 1 }} => 1:7: unexpected \":\", expected :=",
        "{{ nil.a }} => 1:4: unexpected . after term \"nil\"",
        "{{ .a | | .b }} => 1:9: empty command in command",
        "{{ | .a }} => 1:4: empty command in command",
        "{{ .a | \"x\" }} => 1:9: non executable command \"x\" in pipeline after |",
        "{{ $x, $y := 1 }} => 1:6: too many declarations in command",
        "{{ range $x, .a }}{{ end }} => 1:14: range can only initialize variables, got \".a\"",
        "{{ $z = 1 }} => 1:4: undefined variable \"$z\"",
        "{{ if 1 }}{{ else with 1 }}{{ end }} => 1:19: unexpected {{else with}} in {{if}}",
        "{{ if 1 }}{{ else }}{{ else }}{{ end }} => 1:24: expected end; found {{else}}",
        "{{ if 1 }}{{ else x }}{{ end }} => 1:19: unexpected \"x\" in else",
        "{{ else }} => 1:4: unexpected {{else}}",
        "{{ template x }} => 1:13: unexpected \"x\" in template clause, expected a name",
        "{{ if 1 }}{{ define \"x\" }}{{ end }}{{ end }} => 1:14: unexpected {{define}} inside another statement",
        "{{ define \"x\" }}{{ else }}{{ end }} => 1:20: unexpected {{else}} in define clause",
        "{{ define \"x\" 1 }}{{ end }} => 1:15: unexpected \"1\" in define clause, expected }}",
        "{{ continue }} => 1:4: {{continue}} outside {{range}}",
        "{{ with 1 }} => 1:13: unexpected end of template, expected {{end}}",
        "{{ \"a\"\"b\" }} => 1:7: unexpected \"\"b\"\" in operand",
        "{{ end.x }} => 1:4: unexpected {{end}}",
      })
  void parse_badText_saysWhereAndWhat(String template, String expected) {
    assertThatThrownBy(() -> parse(template))
        .isInstanceOf(TemplateException.class)
        .hasMessage("template: t:" + expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ index 1 0 }}",
        "{{ index nil }}",
        "{{ index \"abc\" 9 }}",
        "{{ slice \"abc\" 2 1 }}",
        "{{ slice 1 }}",
        "{{ slice \"abc\" 0 1 2 }}",
        "{{ len 1 }}",
        "{{ len nil }}",
        "{{ call 1 }}",
        "{{ nil }}",
        "{{ 1 2 }}",
        "{{ (1) 2 }}",
        "{{ $ 1 }}",
        "{{ .GroupLabels.service 1 }}",
        "{{ .GroupLabels.Remove 1 }}",
        "{{ .GroupLabels.SortedPairs.Foo }}",
        "{{ (dict \"a\") }}",
        "{{ join 1 2 }}",
        "{{ join \",\" (list 1) }}",
        "{{ tz \"No/Where\" now }}",
        "{{ date 1 now }}",
        "{{ date \"x\" 1 }}",
        "{{ mustToDate \"2006\" \"x\" }}",
        "{{ base64decode \"!\" }}",
        "{{ (now.AddDate 9000000000000000000 1 1) }}",
        "{{ humanizeDuration \"x\" }}",
        "{{ range true }}{{ end }}",
        "{{ lt true false }}",
        "{{ eq (list) (list) }}",
        "{{ and }}",
        "{{ toJson (printf \"%v\" 1 | len | printf \"%d\" | dict) }}",
        "{{ (since now).Foo }}",
        "{{ urlUnescape \"%zz\" }}",
        "{{ template \"x\" }}",
        "{{ match \"(\" \"\" }}",
      })
  void execute_thatFails_isATemplateException(String template) {
    assertThatThrownBy(() -> run(template))
        .isInstanceOf(TemplateException.class)
        .hasMessageStartingWith("template: t:1:");
  }

  @Test
  void error_inACalledTemplate_namesItsPlace() {
    var set =
        TemplateSet.empty()
            .with(
                "own.tmpl",
                "x\n{{ define \"d\" }}\n  {{ .Nope }}{{ end }}",
                AlertmanagerFunctions.all());
    assertThat(set.has("d")).isTrue();
    assertThat(set.has("own.tmpl")).isTrue();
    var template = Template.parse("t", "{{ template \"d\" . }}", AlertmanagerFunctions.all(), set);
    assertThatThrownBy(() -> template.execute(AmtoolCasesTest.data(), CONTEXT))
        .isInstanceOfSatisfying(
            TemplateException.class,
            e -> {
              assertThat(e.line()).isEqualTo(3);
              assertThat(e.column()).isEqualTo(6);
            })
        .hasMessage(
            "template: own.tmpl:3:6: executing \"d\" at <.Nope>: can't evaluate field Nope in type template.Data");
  }

  @Test
  void functionWithoutContext_isAnError() {
    assertThatThrownBy(() -> parse("{{ now }}").execute(null))
        .hasMessageContaining("not available here");
  }

  @Test
  void bounds_stopHostileTemplates() {
    var small = new Template.Limits(1000, 100, 10);
    assertThatThrownBy(() -> parse("{{ range 2000 }}{{ end }}").within(small).execute(null))
        .hasMessageContaining("stopped after 1000 steps");
    assertThatThrownBy(() -> parse("{{ range 200 }}x{{ end }}").within(small).execute(null))
        .hasMessageContaining("longer than 100 characters");
    assertThatThrownBy(
            () -> parse("{{ range 200 }}{{ . }}{{ end }}").within(small).executeHtml(null, null))
        .hasMessageContaining("longer than 100 characters");
    String nested = "{{ if 1 }}".repeat(60) + "{{ template \"r\" }}" + "{{ end }}".repeat(60);
    assertThatThrownBy(
            () ->
                parse("{{ define \"r\" }}" + nested + "{{ end }}{{ template \"r\" }}")
                    .execute(null))
        .hasMessageContaining("nested more than 400 levels deep");
    assertThatThrownBy(() -> parse("{{ if 1 }}".repeat(200)))
        .hasMessageContaining("nested more than 100 levels deep");
    assertThatThrownBy(() -> new Template.Limits(0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void html_inEveryPlace_isEscapedForIt() throws IOException {
    String page =
        """
        <div data-x={{ "a b" }} title='{{ "it's" }}' data-src="{{ "javascript:x" }}" {{ "data-y" }}="1">
        <a xmlns:x="{{ "u:v" }}" href={{ "x y" }}>{{ nil | len | print }}
        """;
    assertThatThrownBy(() -> parse(page).executeHtml(null, null))
        .isInstanceOf(TemplateException.class);
    assertThat(
            parse(
                    "<p a={{ \"b c\" }} b='{{ \"it's\" }}' data-src=\"{{ \"javascript:x\" }}\" {{ \"style\" }}=1>"
                        + "<i c={{ \"\" }} d = \"1\" e>{{ 1.5 }}{{ true }}</i>"
                        + "<style>a{b:c}</style><script>f('<b>') /* x */</script><b style=\"x:{{ \"moz-binding\" }};y:url({{ \"z\" }})\"></b><TITLE>{{ \"<\" }}</TITLE>&lt;")
                .executeHtml(AmtoolCasesTest.data(), CONTEXT))
        .isEqualTo(
            "<p a=b&#32;c b='it&#39;s' data-src=\"#ZgotmplZ\" ZgotmplZ=1>"
                + "<i c=ZgotmplZ d = \"1\" e>1.5true</i>"
                + "<style>a{b:c}</style><script>f('<b>') /* x */</script><b style=\"x:ZgotmplZ;y:url(ZgotmplZ)\"></b><TITLE>&lt;</TITLE>&lt;");
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '^',
      value = {
        "<script>f({{ 1 }})</script> => t:1:14: an action inside a <script> element is not supported",
        "<style>a{b:{{ 1 }}}</style> => t:1:15: an action inside a <style> element is not supported",
        "<b onclick=\"f({{ 1 }})\"> => t:1:18: an action in the attribute onclick is not supported",
        "<img srcset={{ 1 }}> => t:1:16: an action in the attribute srcset is not supported",
        "{{ define \"s\" }}{{ . }}{{ end }}{{ if 1 }}a{{ else }}<script>{{ range . }}{{ template \"s\" . }}{{ end }}</script>{{ end }}"
            + " => t:1:20: an action inside a <script> element is not supported",
      })
  void html_actionInAScriptOrStyle_isRefusedByTheCheckAndWhenItRuns(String page, String problem) {
    assertThatThrownBy(() -> parse(page).checkHtml())
        .isInstanceOf(TemplateException.class)
        .hasMessage("template: " + problem);
    if (!page.contains("{{ else }}")) {
      assertThatThrownBy(() -> parse(page).executeHtml(null, null))
          .isInstanceOf(TemplateException.class)
          .hasMessage("template: " + problem);
    }
  }

  @Test
  void html_actionsWithSafeEscaping_passTheCheck() {
    parse(
            "<style>a{}</style>{{ if 1 }}<b class=\"x {{ else }}<b class=\"{{ end }}{{ 1 }}\""
                + " style=\"color:{{ 1 }}\">{{ range . }}<a href={{ . }}>{{ break }}{{ end }}")
        .checkHtml();
    parse("{{ define \"r\" }}{{ template \"r\" }}{{ end }}{{ template \"r\" }}<b \"").checkHtml();
  }

  @Test
  void data_knowsWhatItHasInCommon() throws IOException {
    AlertmanagerData data = AmtoolCasesTest.data();
    assertThat(data.status()).isEqualTo("firing");
    assertThat(data.firing()).hasSize(2);
    assertThat(data.resolved()).hasSize(1);
    assertThat(data.commonLabels().get("service")).isEqualTo("checkout");
    assertThat(data.commonLabels().get("instance")).isEmpty();
    assertThat(run("{{ printf \"%v\" (index .Alerts 2) }}"))
        .startsWith("{resolved alertname=HighErrorRate, instance=pod-3:8080,");
  }
}
