package io.pharos.alerting.notify.msteams;

import io.pharos.alerting.notify.message.Markup;

/// The markdown of Teams' cards.
enum TeamsMarkdown implements Markup {
  INSTANCE;

  @Override
  public String escape(String text) {
    return text.replaceAll("([\\\\*_`\\[\\]#~])", "\\\\$1").replace("<", "&lt;");
  }

  @Override
  public String bold(String escaped) {
    return "**" + escaped + "**";
  }

  @Override
  public String link(String escaped, String url) {
    return "[" + escaped + "](" + url.replace("(", "%28").replace(")", "%29") + ")";
  }
}
