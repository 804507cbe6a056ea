"""Maps on screen: Leaflet through Folium, in pages and in files of their own."""
