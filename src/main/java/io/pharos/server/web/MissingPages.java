package io.pharos.server.web;

import io.pharos.server.api.MissingPage;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import jakarta.enterprise.context.ApplicationScoped;

/// Renders the error pages for browsers. The pages link to the start page.
@ApplicationScoped
class MissingPages implements MissingPage {
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance missing(String title, String path, String reason);

    static native TemplateInstance unreadable(String title, String reason);
  }

  @Override
  public String html(String path, String reason) {
    return Templates.missing("Not found", path, reason).render();
  }

  @Override
  public String unreadable(String reason) {
    return Templates.unreadable("Bad request", reason).render();
  }
}
