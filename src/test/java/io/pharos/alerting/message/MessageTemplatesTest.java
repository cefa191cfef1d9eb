package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.Channels;
import io.pharos.template.TemplateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTemplatesTest {
  private static String run(MessageTemplates templates, String text) {
    var run = new TemplateRun(templates, NotificationSamples.firing(), MessageTimes.STANDARD);
    return run.text("test", text).orElseGet(() -> String.join("\n", run.failures()));
  }

  private static MessageTemplates load(String... globs) throws IOException {
    String yaml =
        "{route: {receiver: r}, receivers: [{name: r}], templates: ['%s']}"
            .formatted(String.join("', '", globs));
    return MessageTemplates.load(
        Channels.parse("alertmanager.yml", yaml, Path.of("/"))
            .withPharosFile("pharos.yml", "", Path.of("/")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "email.default.subject",
        "email.default.html",
        "slack.default.title",
        "slack.default.username",
        "slack.default.fallback",
        "slack.default.callbackid",
        "slack.default.pretext",
        "slack.default.titlelink",
        "slack.default.iconemoji",
        "slack.default.iconurl",
        "slack.default.text",
        "slack.default.footer",
        "pagerduty.default.description",
        "pagerduty.default.client",
        "pagerduty.default.clientURL",
        "opsgenie.default.message",
        "opsgenie.default.description",
        "opsgenie.default.source",
        "wechat.default.message",
        "wechat.default.to_user",
        "wechat.default.to_party",
        "wechat.default.to_tag",
        "wechat.default.agent_id",
        "pushover.default.title",
        "pushover.default.message",
        "pushover.default.url",
        "telegram.default.message",
        "discord.default.title",
        "discord.default.content",
        "discord.default.message",
        "msteams.default.summary",
        "msteams.default.title",
        "msteams.default.text",
        "msteamsv2.default.title",
        "msteamsv2.default.text",
        "__alertmanager",
        "__alertmanagerURL",
        "__subject",
        "__description"
      })
  void wellKnownName_isDefinedAndRuns(String name) {
    String call = "{{ template \"" + name + "\" . }}";
    assertThat(run(MessageTemplates.standard(), call)).doesNotContain("template:");
  }

  @Test
  void subject_isAlertmanagersForm() {
    assertThat(run(MessageTemplates.standard(), "{{ template \"__subject\" . }}"))
        .isEqualTo("[FIRING:3] HighErrorRate checkout (production eu-west-1 critical)");
    assertThat(run(MessageTemplates.standard(), "{{ template \"slack.default.text\" . }}"))
        .contains("Firing:\n\nCheckout fails", "Since: 2026-03-01 10:42 +00:00", "Resolved:");
  }

  @Test
  void load_readsWhatTheGlobsMatch(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("a.tmpl"), "{{ define \"x\" }}first{{ end }}");
    Files.writeString(folder.resolve("b.tmpl"), "{{ define \"x\" }}second{{ end }}");
    Files.writeString(folder.resolve("c.txt"), "{{ nonsense }}");
    Files.createDirectories(folder.resolve("deep"));
    Files.writeString(folder.resolve("deep/d.tmpl"), "{{ define \"y\" }}deep{{ end }}");
    var templates = load(folder + "/*.tmpl", folder + "/*/d.tmpl", folder + "/none/*.tmpl");
    assertThat(run(templates, "{{ template \"x\" . }} {{ template \"y\" . }}"))
        .isEqualTo("second deep");
  }

  @Test
  void load_badFile_isNamedWithItsLine(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("bad.tmpl"), "{{ define \"x\" }}\n{{ nope }}{{ end }}");
    assertThatThrownBy(() -> load(folder + "/bad.tmpl"))
        .isInstanceOf(TemplateException.class)
        .hasMessage("template: bad.tmpl:2:4: function \"nope\" not defined");
  }

  @Test
  void check_findsEachBadText() {
    String yaml =
        """
        route: {receiver: r}
        receivers:
          - name: r
            webhook_configs: [{url: 'http://x/'}]
            email_configs:
              - {to: a@b, from: a@b, smarthost: 'h:25', html: '{{ .Status', headers: {Subject: '{{ nope }}'}}
              - {to: a@b, from: a@b, smarthost: 'h:25', html: '<script>{{ .Status }}</script>'}
            slack_configs:
              - {api_url: 'http://x/', title: '{{ if }}', fields: [{title: t, value: '{{ end }}'}], actions: [{type: button, text: ok, url: '{{ $x }}'}]}
        """;
    var config =
        Channels.parse("alertmanager.yml", yaml, Path.of("/"))
            .withPharosFile(
                "pharos.yml",
                "receivers: [{name: r, dingtalk_configs: [{webhook_url: 'http://x/', text: '{{ break }}'}]}]",
                Path.of("/"));
    assertThat(TemplateCheck.problems(config, MessageTemplates.standard()))
        .extracting(TemplateCheck.BadText::toString)
        .containsExactly(
            "receiver \"r\": template: email_configs.headers.Subject:1:4: function \"nope\" not defined",
            "receiver \"r\": template: email_configs.html:1:1: unclosed action, expected }}",
            "receiver \"r\": template: email_configs.html:1:12: an action inside a <script> element is not supported",
            "receiver \"r\": template: slack_configs.title:1:7: missing value for if",
            "receiver \"r\": template: slack_configs.fields[0].value:1:4: unexpected {{end}}",
            "receiver \"r\": template: slack_configs.actions[0].url:1:4: undefined variable \"$x\"",
            "receiver \"r\": template: dingtalk_configs.text:1:4: {{break}} outside {{range}}");
  }

  @Test
  void receiverName_isQuotedAsInAlertmanager() {
    assertThat(TemplateRun.quoteMeta("a.b+c(d)-e_f")).isEqualTo("a\\.b\\+c\\(d\\)-e_f");
  }
}
