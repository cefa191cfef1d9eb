package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.alerting.Channels;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.message.MessageComposer.LinkSigner;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import io.pharos.model.Labels;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compares the requests of all receivers with those of an installed Alertmanager, for the same
/// configuration and alert, firing and resolved.
@Tag("peer")
class AlertmanagerPeerTest {
  private static final Path PEER = Path.of("/usr/bin/prometheus-alertmanager");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant START = Instant.parse("2026-03-01T10:42:00Z");
  private static final Labels LABELS =
      Labels.of("alertname", "HighErr", "service", "checkout", "severity", "critical");
  private static final Labels ANNOTATIONS =
      Labels.of("runbook_url", "http://rb/x", "summary", "a <b> & \"q\" _x_");
  private static final String GENERATOR = "http://g/x?a=b&c=d";
  private static final String EXTERNAL = "http://alerts.example";
  private static final String ANSWER =
      "{\"ok\":true,\"result\":{\"message_id\":1,\"date\":1,\"chat\":{\"id\":-42,\"type\":\"group\"}},"
          + "\"errcode\":0,\"access_token\":\"TOK\",\"expires_in\":7200}";

  /// The compared parts of a request.
  private record Sent(String path, String contentType, String authorization, JsonNode body) {}

  @TempDir Path folder;

  @Test
  void requests_areThoseOfAlertmanager() throws Exception {
    assumeTrue(Files.isExecutable(PEER), "skipped: " + PEER + " is not installed");
    try (var receiver = new RecordingReceiver().byDefault(ANSWER)) {
      Path file =
          Files.writeString(
              folder.resolve("alertmanager.yml"),
              Files.readString(Path.of("src/test/resources/notify/peer.yml"))
                  .replace("${hook}", receiver.url("")));
      List<Sent> expected = askPeer(file, receiver);
      receiver.received().clear();
      sendOurs(Channels.load(file));
      assertThat(sent(receiver)).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  private List<Sent> askPeer(Path file, RecordingReceiver receiver) throws Exception {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Process peer =
        new ProcessBuilder(
                PEER.toString(),
                "--config.file=" + file,
                "--storage.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port,
                "--web.external-url=" + EXTERNAL,
                "--web.route-prefix=/",
                "--cluster.listen-address=")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("peer.log").toFile())
            .start();
    try (var client = HttpClient.newHttpClient()) {
      URI alerts = URI.create("http://127.0.0.1:" + port + "/api/v2/alerts");
      await(() -> post(client, alerts, alert(Optional.empty())) == 200);
      settle(receiver, "\"trigger\"");
      assertThat(post(client, alerts, alert(Optional.of(Instant.now())))).isEqualTo(200);
      settle(receiver, "\"resolve\"");
      return sent(receiver);
    } finally {
      peer.destroy();
      peer.waitFor(20, TimeUnit.SECONDS);
    }
  }

  /// Waits until notifications have arrived and no more follow for a while.
  private static void settle(RecordingReceiver receiver, String sign) throws Exception {
    var last = new int[] {-1};
    await(
        () -> {
          int count = receiver.received().size();
          boolean settled = count == last[0];
          last[0] = count;
          return settled && receiver.received().stream().anyMatch(one -> one.body().contains(sign));
        });
  }

  /// Polls every two seconds for up to two minutes, also while the peer does not listen yet.
  private static void await(Callable<Boolean> question) throws Exception {
    for (int i = 0; i < 60; i++) {
      try {
        if (question.call()) {
          return;
        }
      } catch (ConnectException _) {
        // Not up yet.
      }
      TimeUnit.SECONDS.sleep(2);
    }
    throw new AssertionError("Alertmanager did not do it within two minutes");
  }

  private static int post(HttpClient client, URI uri, String json) throws Exception {
    var request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static String alert(Optional<Instant> end) throws Exception {
    var alert = JSON.createObjectNode();
    alert.set("labels", JSON.valueToTree(LABELS.toMap()));
    alert.set("annotations", JSON.valueToTree(ANNOTATIONS.toMap()));
    alert.put("generatorURL", GENERATOR);
    alert.put("startsAt", START.toString());
    end.ifPresent(time -> alert.put("endsAt", time.toString()));
    return JSON.writeValueAsString(List.of(alert));
  }

  private static void sendOurs(AlertmanagerConfig config) throws Exception {
    try (var clients = new Clients(InstantSource.system())) {
      var notifiers =
          new Notifiers(
              (_, _) -> new NotifyResult.Sent(""),
              MessageTemplates.load(config),
              config.messages(),
              InstantSource.system(),
              new ClientPool(clients),
              LinkSigner.NONE,
              "",
              AlertCourse.Source.NONE,
              DeviceSource.NONE,
              Optional.empty(),
              Notifiers.Cards.NONE);
      for (IntegrationConfig integration : config.receivers().getFirst().integrations()) {
        var notifier = notifiers.create("x", integration);
        for (boolean firing : List.of(true, false)) {
          assertThat(
                  notifier.notify(notification(integration, firing), Instant.now().plusSeconds(30)))
              .as(integration.type())
              .isInstanceOf(NotifyResult.Sent.class);
        }
      }
    }
  }

  private static Notification notification(IntegrationConfig integration, boolean firing) {
    Instant now = Instant.now();
    var alert =
        new NotifiedAlert(
            LABELS,
            ANNOTATIONS,
            START,
            firing ? null : now,
            firing ? NotifiedAlert.Status.FIRING : NotifiedAlert.Status.RESOLVED,
            Fingerprint.of(LABELS),
            GENERATOR,
            false);
    return new Notification(
        "d",
        "x",
        integration.type(),
        0,
        "{}:{alertname=\"HighErr\"}",
        alert.status(),
        Labels.of("alertname", "HighErr"),
        LABELS,
        ANNOTATIONS,
        EXTERNAL,
        List.of(alert),
        firing ? Notification.Reason.FIRST_NOTIFICATION : Notification.Reason.ALL_RESOLVED,
        now,
        0,
        firing,
        false);
  }

  private static List<Sent> sent(RecordingReceiver receiver) throws Exception {
    var all = new ArrayList<Sent>();
    for (RecordingReceiver.Received one : receiver.received()) {
      all.add(
          new Sent(
              one.path(),
              one.header("Content-type"),
              one.header("Authorization"),
              one.body().isEmpty() ? JSON.nullNode() : withoutEmpty(JSON.readTree(one.body()))));
    }
    return all;
  }

  /// Slack's attachment without the empty strings that Alertmanager writes.
  private static JsonNode withoutEmpty(JsonNode body) {
    for (JsonNode attachment : body.path("attachments")) {
      if (attachment instanceof ObjectNode object) {
        for (String name : List.of("text", "callback_id", "footer")) {
          if (object.path(name).asText("-").isEmpty()) {
            object.remove(name);
          }
        }
      }
    }
    return body;
  }
}
