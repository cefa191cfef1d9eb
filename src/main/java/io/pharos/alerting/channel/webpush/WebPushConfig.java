package io.pharos.alerting.channel.webpush;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.device.Device;
import io.pharos.alerting.device.PushCipher;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Configuration of notifications in browsers (`webpush_configs` of pharos.yml, RFC 8030). The
/// page's service worker (`sw.js`) shows them; their button acknowledges the incident.
///
/// @param people names in oncall.yml; the message goes to all of their devices
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record WebPushConfig(
    boolean sendResolved, HttpOptions http, List<String> people, Duration timeout)
    implements Channel.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL = Channel.pharosOnly("webpush", WebPushConfig::read, _ -> {});

  /// How long a push service keeps a message for a device that is off.
  private static final Duration KEPT = Duration.ofDays(1);

  private static final int MAX_TITLE = 200;

  /* A phone shows less. */
  private static final int MAX_TEXT = 1_000;

  private static final int TOPIC = 32;

  public WebPushConfig {
    people = List.copyOf(people);
  }

  static WebPushConfig read(KeyReader keys) {
    if (keys.map().strings("people").isEmpty()) {
      throw keys.map().error("people: expected at least one person of oncall.yml");
    }
    return ConfigKeys.read(
        WebPushConfig.class, keys, Map.of("sendResolved", keys.sendResolved(true)));
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(
        http, timeout, (notification, receiver) -> send(notification, receiver, tools));
  }

  private NotifyResult send(
      Notification notification, ChannelTools.Receiver receiver, ChannelTools tools)
      throws IOException {
    List<Device> devices = tools.devices().of(people);
    if (devices.isEmpty()) {
      return new NotifyResult.Rejected(
          "no browser of %s is registered; each person opens /me and registers one"
              .formatted(String.join(", ", people)));
    }
    MessageDraft draft = tools.draft(this, notification);
    String topic = notification.groupHash().substring(0, TOPIC);
    var results = new ArrayList<NotifyResult>();
    for (Device device : devices) {
      byte[] text = fitting(draft, topic, device.person());
      results.add(push(device, text, topic, draft.message(), receiver, tools));
    }
    return together(results);
  }

  private static NotifyResult push(
      Device device,
      byte[] text,
      String topic,
      Message message,
      ChannelTools.Receiver receiver,
      ChannelTools tools)
      throws IOException {
    // The topic replaces an earlier message about the group that was not delivered yet.
    Map<String, String> headers =
        Map.of(
            "Authorization",
            tools.devices().authorization(device, tools.clock().instant()),
            "Content-Encoding",
            "aes128gcm",
            "TTL",
            Long.toString(KEPT.toSeconds()),
            "Urgency",
            message.firing() ? "high" : "normal",
            "Topic",
            topic);
    HttpPoster.Outcome outcome =
        receiver.call(
            HttpCall.post(
                device.endpoint().toString(), tools.devices().encrypt(device, text), headers));
    if (outcome instanceof HttpPoster.Outcome.Failed failed
        && (failed.status() == 404 || failed.status() == 410)) {
      tools.devices().gone(device);
      return new NotifyResult.Rejected(device.name() + " is no longer registered");
    }
    return outcome.judge(_ -> new NotifyResult.Sent(device.name()));
  }

  /* A person who got the message on one device has it. So it is tried again only if no device got
   * it. */
  private static NotifyResult together(List<NotifyResult> results) {
    long sent = results.stream().filter(NotifyResult.Sent.class::isInstance).count();
    if (sent > 0) {
      return new NotifyResult.Sent("accepted for %d of %d devices".formatted(sent, results.size()));
    }
    return results.stream()
        .filter(NotifyResult.Retryable.class::isInstance)
        .findFirst()
        .orElse(results.getFirst());
  }

  /* JSON may need six bytes for a character, so the length of the text is found by trying. */
  private static byte[] fitting(MessageDraft draft, String topic, String person) {
    for (int max = MAX_TEXT; ; max /= 2) {
      byte[] text =
          GoJson.write(payload(draft, topic, person, max)).getBytes(StandardCharsets.UTF_8);
      if (text.length <= PushCipher.MAX_BYTES || max == 0) {
        return text;
      }
    }
  }

  private static Json payload(MessageDraft draft, String topic, String person, int max) {
    Message message = draft.message();
    Json json =
        Json.object()
            .with("title", TextLimit.line(MAX_TITLE, message.headline()))
            .with(
                "body",
                TextLimit.characters(max)
                    .clip(draft.in(Markup.PLAIN).body(max, false), draft.notes(Markup.PLAIN)))
            .with("tag", topic)
            .with("firing", message.firing())
            .with("by", person)
            .with("lang", message.language().code());
    message.page().ifPresent(link -> json.with("open", link(link, message)));
    message
        .link(Message.Link.Kind.ACKNOWLEDGE)
        .ifPresent(
            link ->
                json.with("acknowledge", link(link, message))
                    .with("acknowledged", Phrase.ACKNOWLEDGED.in(message.language())));
    return json;
  }

  private static Map<String, String> link(Message.Link link, Message message) {
    return Map.of("label", link.kind().label().in(message.language()), "url", link.url());
  }
}
