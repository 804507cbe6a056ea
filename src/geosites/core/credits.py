"""Whom files, maps and pages have to credit for the data that come with geosites (NOTICE)."""

PARIS = "© Ville de Paris, ODbL"
"""Of arrondissements and quartiers."""

IGN = "© IGN, Licence Ouverte"
"""Of communes."""

SITES = "© Ville de Paris, Vélib’ Métropole"
"""Of the known sites, besides public sources."""

TRANSPORT = "© Île-de-France Mobilités"
"""Of rails and stations; main streets and water are of Ville de Paris."""

GROUND = f"{PARIS}; {TRANSPORT}"
"""What every map with the streets that come with geosites must show."""

BOUNDARIES = f"{PARIS}; {IGN}"
"""What every map drawn from the territories must show."""
