package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.channel.webpush.PushServiceStandIn;
import io.pharos.alerting.device.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;

/// A browser is registered, receives the message of an incident by a push service, shows it, and
/// acknowledges the incident. Chromium cannot reach its real push service here, so the page's
/// subscription is of the stand-in, and the message reaches the service worker by the protocol of
/// the developer tools.
class BrowserNotificationsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void incident_isShownAsANotification_andAcknowledged(@TempDir Path folder) throws Exception {
    try (var service = new PushServiceStandIn();
        var browser = Browser.start();
        var pharos = start(folder, service)) {
      String url = pharos.url();
      Device device = service.subscribe("phone", "lead");
      register(browser, url, device);
      assertThat(browser.driver().findElement(By.tagName("main")).getText()).contains("Test phone");

      post(pharos);
      pharos.await(
          "the pushed message", Duration.ofSeconds(30), () -> !service.received().isEmpty());
      String message = service.received().getFirst().text();
      JsonNode shown = shown(browser, url, message);
      assertThat(shown.path("title").asText()).contains("CRITICAL", "Checkout fails");
      assertThat(shown.path("tag").asText()).matches("[0-9a-f]{32}");
      assertThat(shown.path("actions").toString()).contains("Acknowledge", "Incident");

      String answer =
          browser
              .driver()
              .executeAsyncScript(
                  """
                  const done = arguments[1], message = JSON.parse(arguments[0]);
                  fetch('/acknowledge', {method: 'POST', redirect: 'manual',
                    headers: {'Content-Type': 'application/x-www-form-urlencoded'},
                    body: new URL(message.acknowledge.url).search.slice(1) + '&by=' + message.by})
                    .then(it => done(it.type), done);""",
                  message)
              .toString();
      assertThat(answer).isEqualTo("opaqueredirect");
      pharos.await(
          "the acknowledgement",
          Duration.ofSeconds(10),
          () ->
              pharos
                  .get("/api/pharos/v1/episodes?state=acknowledged")
                  .body()
                  .contains("\"owner\":\"lead\""));
    }
  }

  private static PharosProcess start(Path folder, PushServiceStandIn service) throws Exception {
    Files.writeString(folder.resolve("prometheus.yml"), "global: {}\n");
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        "{route: {receiver: phone, group_wait: 1s}, receivers: [{name: phone}]}\n");
    Files.writeString(
        folder.resolve("pharos.yml"),
        "receivers: [{name: phone, webpush_configs: [{people: [lead]}]}]\n");
    Files.writeString(folder.resolve("oncall.yml"), "people: [{name: lead, ways: [phone]}]\n");
    PharosProcess pharos =
        PharosProcess.serve(
            folder, PharosProcess.freePort(), "--web.push-services=" + service.url());
    pharos.await("start", Duration.ofSeconds(60), pharos::isReady);
    return pharos;
  }

  private static void register(Browser browser, String url, Device device) throws Exception {
    browser
        .driver()
        .executeCdpCommand(
            "Browser.grantPermissions",
            Map.of("origin", url, "permissions", List.of("notifications")));
    browser.open(url + "/me?person=lead");
    browser
        .driver()
        .executeScript(
            """
            const [endpoint, key, auth] = arguments;
            const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0)).buffer;
            PushManager.prototype.subscribe = async () => ({endpoint, getKey: name => bytes(name === 'auth' ? auth : key)});""",
            device.endpoint().toString(),
            device.key(),
            device.auth());
    browser.await("the form", "!document.getElementById('register').hidden");
    var name = browser.driver().findElement(By.name("name"));
    name.clear();
    name.sendKeys("Test phone");
    browser.driver().findElement(By.cssSelector("#register button")).click();
    browser.await("the registered browser", "location.hash === '#browsers'");
  }

  private static void post(PharosProcess pharos) throws Exception {
    var alert =
        Map.of(
            "labels", Map.of("alertname", "CheckoutFails", "severity", "critical"),
            "annotations", Map.of("summary", "Checkout fails for customers"),
            "startsAt", Instant.now().toString());
    assertThat(pharos.post("/api/v2/alerts", JSON.writeValueAsString(List.of(alert))).statusCode())
        .isEqualTo(200);
  }

  /* Returns the notification that the service worker shows for a message. */
  private static JsonNode shown(Browser browser, String url, String message) throws Exception {
    browser.driver().executeCdpCommand("ServiceWorker.enable", Map.of());
    browser.await("the service worker", "navigator.serviceWorker.controller !== null");
    Instant end = Instant.now().plusSeconds(20);
    for (int attempt = 0; Instant.now().isBefore(end); attempt++) {
      if (attempt % 20 == 0) { // the worker may not have been ready
        browser
            .driver()
            .executeCdpCommand(
                "ServiceWorker.deliverPushMessage",
                Map.of("origin", url, "registrationId", "0", "data", message));
      }
      JsonNode found =
          JSON.readTree(
              browser
                  .driver()
                  .executeAsyncScript(
                      """
                      const done = arguments[0];
                      navigator.serviceWorker.ready
                        .then(it => it.getNotifications())
                        .then(all => done(JSON.stringify(all.map(it => ({title: it.title, body: it.body, tag: it.tag, actions: it.actions})))));""")
                  .toString());
      if (!found.isEmpty()) {
        return found.get(0);
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no notification is shown");
  }
}
