import { useEffect, useState } from "react";
import { useText } from "../../i18n";
import { useSession } from "../session";
import { Icon } from "./Icon";

const PATIENCE = 1500; // ms; a short loss is nobody's business

/** Says that the server is away, and that editing goes on. */
export function Connection() {
  const t = useText();
  const connection = useSession((session) => session.connection);
  const isAway = connection !== "open";
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(isAway), isAway ? PATIENCE : 0);
    return () => clearTimeout(timer);
  }, [isAway]);
  if (!isShown) return null;
  return (
    <div className="connection" role="status">
      <Icon name="offline" size={16} />
      {t("shell.offline")}
    </div>
  );
}
