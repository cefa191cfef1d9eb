package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.access.SilenceLinkTokens;
import io.pharos.alerting.message.SilenceLinkSigner;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// Signs the silence links of messages as the page of new silences reads them.
record SilencePageLinkSigner(SilenceLinkTokens links) implements SilenceLinkSigner {
  SilencePageLinkSigner {
    requireNonNull(links, "links is null");
  }

  @Override
  public String sign(List<String> matchers, Instant decidedAt, String deliveryId) {
    Instant expires = decidedAt.plus(SilenceLinkTokens.LIFE).truncatedTo(ChronoUnit.SECONDS);
    var permit = new SilenceLinkTokens.Permit(matchers, expires, deliveryId);
    return "&expires="
        + expires.getEpochSecond()
        + "&delivery="
        + URLEncoder.encode(deliveryId, StandardCharsets.UTF_8)
        + "&signature="
        + links.sign(permit);
  }
}
