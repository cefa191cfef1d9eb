package io.pharos.alerting.channel.webpush;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.device.Device;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.device.PushCipher;
import io.pharos.alerting.device.ServerKey;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.Labels;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebPushChannelTest {
  private final List<Device> devices = new ArrayList<>();
  private boolean isStoreAway;
  private PushServiceStandIn service;

  @BeforeEach
  void start() throws IOException {
    service = new PushServiceStandIn();
  }

  @AfterEach
  void stop() {
    service.close();
    assertThat(service.problems()).isEmpty();
  }

  private final DeviceSource source =
      new DeviceSource() {
        private final ServerKey key = ServerKey.parse(ServerKey.generate(new SecureRandom()));

        @Override
        public List<Device> of(List<String> people) throws IOException {
          if (isStoreAway) {
            throw new IOException("the devices are unknown: away");
          }
          return devices.stream().filter(it -> people.contains(it.person())).toList();
        }

        @Override
        public byte[] encrypt(Device device, byte[] text) throws IOException {
          try {
            return PushCipher.encrypt(text, device, new SecureRandom());
          } catch (GeneralSecurityException e) {
            throw new IOException(e);
          }
        }

        @Override
        public String authorization(Device device, Instant now) {
          return key.authorization(device.endpoint(), "mailto:pharos@example.org", now);
        }

        @Override
        public void gone(Device device) {
          devices.remove(device);
        }
      };

  private NotifyResult send(Notification notification) {
    var tools =
        new ChannelTools(
            Sending::poster,
            (_, _) -> new NotifyResult.Sent(""),
            MessageTemplates.standard(),
            MessageComposer.english(),
            Sending.CLOCK,
            source);
    return Sending.pharos("webpush", WebPushConfig.class, "people: [lead]")
        .notifier(tools)
        .notify(notification, Sending.DEADLINE);
  }

  @Test
  void message_isDecryptedByEachBrowserOfThePerson() throws Exception {
    devices.add(service.subscribe("phone", "lead"));
    devices.add(service.subscribe("laptop", "lead"));
    devices.add(service.subscribe("other", "deputy"));
    assertThat(send(NotificationSamples.firing()))
        .isEqualTo(new NotifyResult.Sent("accepted for 2 of 2 devices"));
    assertThat(service.received().stream().map(PushServiceStandIn.Received::browser))
        .containsExactly("phone", "laptop");
    PushServiceStandIn.Received first = service.received().getFirst();
    JsonNode json = Sending.json(first.text());
    assertThat(json.path("title").asText()).startsWith("🔴 CRITICAL High error rate – checkout");
    assertThat(json.path("body").asText()).contains("Value: 7.2 % (limit 2 %)");
    assertThat(json.path("open").path("url").asText())
        .isEqualTo("https://pharos.example.org/incidents/e2c3a7f7be80496b");
    assertThat(json.path("by").asText()).isEqualTo("lead");
    assertThat(json.path("firing").asBoolean()).isTrue();
    assertThat(first.headers())
        .containsEntry("Content-encoding", "aes128gcm")
        .containsEntry("Ttl", "86400")
        .containsEntry("Urgency", "high")
        .containsEntry("Topic", json.path("tag").asText());
    assertThat(json.path("tag").asText()).matches("[0-9a-f]{32}");
  }

  @Test
  void resolved_isNotUrgent_andHasTheSameTopic() throws Exception {
    devices.add(service.subscribe("phone", "lead"));
    send(NotificationSamples.firing());
    send(NotificationSamples.resolved());
    assertThat(service.received().getLast().headers())
        .containsEntry("Urgency", "normal")
        .containsEntry("Topic", service.received().getFirst().headers().get("Topic"));
  }

  @Test
  void browser_thatTheServiceNoLongerKnows_isRemoved() throws Exception {
    devices.add(service.subscribe("old", "lead"));
    devices.add(service.subscribe("phone", "lead"));
    service.answer("old", 410);
    assertThat(send(NotificationSamples.firing()))
        .isEqualTo(new NotifyResult.Sent("accepted for 1 of 2 devices"));
    assertThat(devices).extracting(Device::name).containsExactly("phone");
    service.answer("phone", 404);
    assertThat(send(NotificationSamples.firing()))
        .isEqualTo(new NotifyResult.Rejected("phone is no longer registered"));
    assertThat(send(NotificationSamples.firing()).toString())
        .contains("Rejected", "no browser of lead is registered");
  }

  @Test
  void serviceAway_messageIsTriedAgain_unlessAnotherBrowserGotIt() throws Exception {
    devices.add(service.subscribe("phone", "lead"));
    service.answer("phone", 503);
    assertThat(send(NotificationSamples.firing())).isInstanceOf(NotifyResult.Retryable.class);
    devices.add(service.subscribe("laptop", "lead"));
    assertThat(send(NotificationSamples.firing())).isInstanceOf(NotifyResult.Sent.class);
  }

  @Test
  void storeAway_messageIsTriedAgain() {
    isStoreAway = true;
    assertThat(send(NotificationSamples.firing()))
        .isEqualTo(new NotifyResult.Retryable("the devices are unknown: away"));
  }

  @Test
  void longTexts_fitIntoOneRecord() throws Exception {
    devices.add(service.subscribe("phone", "lead"));
    NotifiedAlert usual = NotificationSamples.firing().alerts().getFirst();
    String text = "<&>".repeat(2_000);
    var hostile =
        new NotifiedAlert(
            Labels.of("alertname", text, "severity", "critical"),
            Labels.of("summary", text, "description", text),
            usual.startsAt(),
            null,
            NotifiedAlert.Status.FIRING,
            usual.fingerprint(),
            "",
            false);
    assertThat(
            send(
                NotificationSamples.notification(
                    List.of(hostile), Notification.Reason.FIRST_NOTIFICATION, true)))
        .isInstanceOf(NotifyResult.Sent.class);
    assertThat(service.received().getFirst().text().length())
        .isLessThanOrEqualTo(PushCipher.MAX_BYTES);
  }

  @Test
  void people_missing_isRefused() {
    assertThatThrownBy(() -> Sending.pharos("webpush", WebPushConfig.class, "timeout: 5s"))
        .hasMessageContaining("people: expected at least one person of oncall.yml");
  }
}
