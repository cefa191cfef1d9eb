package io.pharos.alerting.channel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.Channels;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.http.HttpOptions;
import io.pharos.http.Clients;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;

/// Fixtures for tests of channels: a configuration, a poster, a clock.
public final class Sending {
  public static final InstantSource CLOCK = InstantSource.fixed(NotificationSamples.NOW);
  public static final Instant DEADLINE = NotificationSamples.NOW.plusSeconds(60);
  private static final Clients CLIENTS = new Clients(CLOCK);
  private static final ObjectMapper JSON = new ObjectMapper();

  private Sending() {}

  public static HttpPoster poster() {
    return poster(HttpOptions.DEFAULT);
  }

  /// A poster with these options.
  public static HttpPoster poster(HttpOptions options) {
    return new HttpPoster(CLIENTS.open(options), CLOCK);
  }

  /// Channel tools with Pharos' English texts.
  public static ChannelTools tools() {
    return tools(MessageTemplates.standard(), MessageComposer.english());
  }

  /// Channel tools.
  public static ChannelTools tools(MessageTemplates templates, MessageComposer composer) {
    return new ChannelTools(
        Sending::poster,
        (_, _) -> new NotifyResult.Sent(""),
        templates,
        composer,
        CLOCK,
        DeviceSource.NONE);
  }

  /// Reads an integration from `alertmanager.yml`.
  ///
  /// @param type such as `discord`
  /// @param lines its keys
  public static <T extends IntegrationConfig> T alertmanager(
      String type, Class<T> kind, String lines) {
    String yaml =
        "route: {receiver: r}\nreceivers:\n- name: r\n  "
            + type
            + "_configs:\n  - send_resolved: true\n"
            + lines.indent(4);
    return only(Channels.parse("alertmanager.yml", yaml, Path.of("/")), kind);
  }

  /// Reads an integration from `pharos.yml`.
  public static <T extends IntegrationConfig> T pharos(String type, Class<T> kind, String lines) {
    String yaml =
        "receivers:\n- name: r\n  "
            + type
            + "_configs:\n  - send_resolved: true\n"
            + lines.indent(4);
    return only(
        Channels.parse(
                "alertmanager.yml", "{route: {receiver: r}, receivers: [{name: r}]}", Path.of("/"))
            .withPharosFile("pharos.yml", yaml, Path.of("/")),
        kind);
  }

  private static <T extends IntegrationConfig> T only(AlertmanagerConfig config, Class<T> kind) {
    return config.receiver("r").orElseThrow().all(kind).getFirst();
  }

  public static JsonNode json(String body) throws IOException {
    return JSON.readTree(body);
  }

  public static String pretty(JsonNode json) throws IOException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
  }
}
