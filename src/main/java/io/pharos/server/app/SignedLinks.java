package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.message.LinkSigner;
import io.pharos.server.access.SilenceLinks;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// Signs the silence links of messages as the page of new silences reads them.
record SignedLinks(SilenceLinks links) implements LinkSigner {
  SignedLinks {
    requireNonNull(links, "links is null");
  }

  @Override
  public String sign(List<String> matchers, Instant decidedAt, String deliveryId) {
    Instant expires = decidedAt.plus(SilenceLinks.LIFE).truncatedTo(ChronoUnit.SECONDS);
    var permit = new SilenceLinks.Permit(matchers, expires, deliveryId);
    return "&expires="
        + expires.getEpochSecond()
        + "&delivery="
        + URLEncoder.encode(deliveryId, StandardCharsets.UTF_8)
        + "&signature="
        + links.sign(permit);
  }
}
